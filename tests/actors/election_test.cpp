#define BOOST_TEST_MODULE election
#include <boost/test/unit_test.hpp>

#include "actors/election.hpp"

using namespace acr;
using namespace std::chrono_literals;
using kubernetes::lease;
using ms = std::chrono::milliseconds;

namespace {

const wall_time wall{1767323045000ms};
const kubernetes::object_ref which{"kube-system", "acr"};

lease state(const std::string& holder, int version, const std::string& uid = "u") {
  lease value;
  value.meta = {which, uid, std::to_string(version)};
  value.holder = holder;
  value.duration = 15s;
  return value;
}

result<lease> refused(errc code = errc::service_failed) {
  return make_failure(code, "write lease", "no");
}

/// What is to be written at `at`; nothing: nothing, or something is to be read.
std::optional<lease> written(election& me, ms at) {
  const auto request = me.next(at, wall);
  return request ? request->write : std::nullopt;
}

/// Whether the Lease is to be read at `at`.
bool reads(election& me, ms at) {
  const auto request = me.next(at, wall);
  return request && !request->write;
}

using found = result<std::optional<lease>>;

/// A replica that leads since `at`.
election leader(ms at = 0ms) {
  election me{"me", which, {}};
  me.seen(std::nullopt, at);
  BOOST_REQUIRE(me.next(at, wall).has_value());
  me.answered(state("me", 1), at + 10ms, 0);
  return me;
}

} // namespace

BOOST_AUTO_TEST_CASE(nothing_is_written_before_the_lease_was_looked_at) {
  election me{"me", which, {}};
  BOOST_TEST(!me.next(1h, wall).has_value());
  BOOST_TEST(!me.wake().has_value());
}

BOOST_AUTO_TEST_CASE(where_there_is_no_lease_it_is_created) {
  election me{"me", which, {}};
  me.seen(std::nullopt, 5ms);
  const auto wanted = written(me, 5ms);
  BOOST_REQUIRE(wanted.has_value());
  BOOST_TEST((wanted->meta.ref == which));
  BOOST_TEST(wanted->meta.resource_version == "");
  BOOST_TEST(wanted->holder == "me");
  BOOST_TEST((wanted->duration == 15s));
  BOOST_TEST(wanted->transitions == 0);
  BOOST_TEST((wanted->acquired_at == wall));
  BOOST_TEST((wanted->renewed_at == wall));
  BOOST_TEST(!me.leads_until(5ms).has_value()); // not before the answer
  BOOST_TEST(!me.next(6ms, wall).has_value());  // one at a time
  me.answered(state("me", 1), 400ms, 0);
  // Counted from the sending, not from the answer.
  BOOST_TEST(me.leads_until(400ms).value_or(0ms).count() == 10005);
}

BOOST_AUTO_TEST_CASE(a_lease_that_is_held_is_left_alone_for_its_duration) {
  election me{"me", which, {}};
  me.seen(state("other", 7), 1000ms);
  BOOST_TEST(!me.next(1000ms, wall).has_value());
  BOOST_TEST(me.wake().value_or(0ms).count() == 16000);
  me.seen(state("other", 8), 9000ms); // renewed
  BOOST_TEST(!me.next(23999ms, wall).has_value());
  const auto wanted = written(me, 24000ms);
  BOOST_REQUIRE(wanted.has_value());
  BOOST_TEST(wanted->meta.resource_version == "8");
  BOOST_TEST(wanted->holder == "me");
  BOOST_TEST(wanted->transitions == 1);
}

BOOST_AUTO_TEST_CASE(what_a_holder_wrote_about_time_is_not_believed) {
  election me{"me", which, {}};
  auto old = state("other", 7);
  old.renewed_at = wall - 24h;
  me.seen(old, 0ms);
  BOOST_TEST(!me.next(14999ms, wall).has_value());
}

BOOST_AUTO_TEST_CASE(a_released_lease_is_taken_at_once) {
  election me{"me", which, {}};
  me.seen(state("other", 7), 0ms);
  me.seen(state("", 8), 3000ms);
  BOOST_TEST(me.next(3000ms, wall).has_value());
}

BOOST_AUTO_TEST_CASE(a_leader_renews_and_keeps_what_is_not_its_to_change) {
  auto me = leader();
  BOOST_TEST(!me.next(3999ms, wall).has_value());
  BOOST_TEST(me.wake().value_or(0ms).count() == 4000);
  auto shown = state("me", 2);
  shown.transitions = 4;
  shown.acquired_at = wall - 1h;
  me.seen(shown, 20ms);
  const auto wanted = written(me, 4000ms);
  BOOST_REQUIRE(wanted.has_value());
  BOOST_TEST(wanted->meta.resource_version == "2");
  BOOST_TEST(wanted->transitions == 4);
  BOOST_TEST((wanted->acquired_at == wall - 1h));
  me.answered(state("me", 3), 4100ms, 0);
  BOOST_TEST(me.leads_until(4100ms).value_or(0ms).count() == 14000);
}

BOOST_AUTO_TEST_CASE(a_leader_that_cannot_renew_ends_before_another_can_begin) {
  auto me = leader();
  BOOST_REQUIRE(me.next(4000ms, wall).has_value());
  me.answered(refused(), 4500ms, 1);
  BOOST_TEST(me.leads_until(9999ms).has_value());
  BOOST_TEST(!me.leads_until(10000ms).has_value());
  BOOST_TEST(!me.next(5874ms, wall).has_value());
  BOOST_REQUIRE(me.next(5875ms, wall).has_value());     // after a quarter of what was left
  BOOST_TEST(me.wake().value_or(0ms).count() == 10000); // when it is over, though nobody answers
  BOOST_TEST(!me.next(10000ms, wall).has_value());
  BOOST_TEST(!me.wake().has_value());      // nothing is due before the answer
  me.answered(state("me", 2), 12000ms, 0); // late, but it is ours: counted from its sending
  BOOST_TEST(me.leads_until(12000ms).value_or(0ms).count() == 15875);
}

BOOST_AUTO_TEST_CASE(a_leader_has_time_for_a_second_try_when_a_renewal_is_lost) {
  auto me = leader();
  auto now = me.wake().value_or(0ms);
  BOOST_REQUIRE(me.next(now, wall).has_value());
  for (const double jitter : {0.0, 0.999}) {
    auto other = me;
    auto at = now + other.patience(now); // no answer
    other.answered(refused(errc::http_timeout), at, jitter);
    at = other.wake().value_or(0ms);
    BOOST_REQUIRE(other.leads_until(at).has_value());
    BOOST_REQUIRE(other.next(at, wall).has_value());
    BOOST_TEST((at + 1s < other.leads_until(at).value()));
    BOOST_TEST((other.patience(at) >= 2s));
    other.answered(state("me", 2), at + 1s, jitter);
    BOOST_TEST((other.leads_until(at + 1s) == at + 10s));
  }
}

BOOST_AUTO_TEST_CASE(another_holder_ends_it_at_once) {
  auto me = leader();
  me.seen(state("other", 5), 2000ms);
  BOOST_TEST(!me.leads_until(2000ms).has_value());
  BOOST_TEST(me.holder() == "other");
}

BOOST_AUTO_TEST_CASE(an_older_state_changes_nothing) {
  auto me = leader();
  me.seen(state("other", 0), 2000ms);
  BOOST_TEST(me.leads_until(2000ms).has_value());
}

BOOST_AUTO_TEST_CASE(an_answer_older_than_what_the_watch_showed_makes_no_leader) {
  election me{"me", which, {}};
  me.seen(std::nullopt, 0ms);
  BOOST_REQUIRE(me.next(0ms, wall).has_value());
  me.seen(state("other", 9), 100ms);
  me.answered(state("me", 8), 200ms, 0);
  BOOST_TEST(!me.leads_until(200ms).has_value());
}

BOOST_AUTO_TEST_CASE(a_lease_made_anew_counts_though_its_version_is_lower) {
  auto me = leader();
  me.seen(state("other", 0, "another uid"), 2000ms);
  BOOST_TEST(!me.leads_until(2000ms).has_value());
}

BOOST_AUTO_TEST_CASE(a_deleted_lease_is_made_again) {
  auto me = leader();
  me.seen(std::nullopt, 2000ms);
  BOOST_TEST(!me.leads_until(2000ms).has_value());
  const auto wanted = written(me, 2000ms);
  BOOST_REQUIRE(wanted.has_value());
  BOOST_TEST(wanted->meta.resource_version == "");
}

BOOST_AUTO_TEST_CASE(its_own_lease_of_a_life_before_is_renewed_at_once) {
  election me{"me", which, {}}; // the elector was started again, the process is the same
  me.seen(state("me", 5), 0ms);
  const auto wanted = written(me, 0ms);
  BOOST_REQUIRE(wanted.has_value());
  BOOST_TEST(wanted->transitions == 0);
}

BOOST_AUTO_TEST_CASE(retry_after_is_obeyed) {
  auto me = leader();
  BOOST_REQUIRE(me.next(4000ms, wall).has_value());
  auto slow = make_failure(errc::throttled, "", "");
  slow.retry_after = 5s;
  me.answered(slow, 4000ms, 0);
  BOOST_TEST(!me.next(8999ms, wall).has_value());
  BOOST_TEST(me.next(9000ms, wall).has_value());
}

BOOST_AUTO_TEST_CASE(only_the_holder_has_something_to_release) {
  BOOST_TEST(leader().released(wall)->holder == "");
  election me{"me", which, {}};
  BOOST_TEST(!me.released(wall).has_value());
  me.seen(state("other", 1), 0ms);
  BOOST_TEST(!me.released(wall).has_value());
}

// Conflicts: the Lease was written since this replica last read it.

BOOST_AUTO_TEST_CASE(a_conflict_makes_the_lease_unknown_and_it_is_read_at_once) {
  auto me = leader();
  BOOST_REQUIRE(written(me, 4000ms));
  me.answered(refused(errc::conflict), 4100ms, 1);
  BOOST_TEST((me.wake() == 0ms));
  BOOST_TEST(reads(me, 4100ms));
  me.looked(found{state("me", 7)}, 4200ms, 0); // the answer to an earlier write was lost
  BOOST_TEST(me.leads_until(4200ms).value_or(0ms).count() == 10000);
  BOOST_TEST(!written(me, 4200ms)); // no more often than after any other failure
  const auto wanted = written(me, me.wake().value_or(0ms));
  BOOST_REQUIRE(wanted);
  BOOST_TEST(wanted->meta.resource_version == "7");
}

BOOST_AUTO_TEST_CASE(a_conflict_with_another_one_is_the_end_of_the_lead) {
  auto me = leader();
  BOOST_REQUIRE(written(me, 4000ms));
  me.answered(refused(errc::conflict), 4100ms, 1);
  BOOST_REQUIRE(reads(me, 4100ms));
  me.looked(found{state("other", 7)}, 4200ms, 0);
  BOOST_TEST(!me.leads_until(4200ms).has_value());
  BOOST_TEST((me.wake() == 4200ms + 15s));
}

BOOST_AUTO_TEST_CASE(the_loser_of_a_race_for_a_new_lease_reads_it) {
  election me{"me", which, {}};
  me.listed(std::nullopt, 0ms);
  BOOST_REQUIRE(written(me, 0ms));
  auto met = make_failure(errc::parameter_bad, "write lease", "no");
  met.status = 422;
  me.answered(met, 10ms, 0);
  BOOST_REQUIRE(reads(me, 10ms));
  me.looked(found{state("other", 1)}, 20ms, 0);
  BOOST_TEST((me.wake() == 20ms + 15s));
}

BOOST_AUTO_TEST_CASE(a_read_that_fails_is_tried_again_later) {
  auto me = leader();
  BOOST_REQUIRE(written(me, 4000ms));
  me.answered(refused(errc::conflict), 4100ms, 1);
  BOOST_REQUIRE(reads(me, 4100ms));
  me.looked(found{make_failure(errc::service_failed, "", "")}, 4200ms, 0);
  BOOST_TEST((me.wake() > 4200ms));
  BOOST_TEST((me.wake() < 6000ms));
  BOOST_TEST(reads(me, 6000ms));
}

BOOST_AUTO_TEST_CASE(a_list_that_goes_back_is_doubted_and_read) {
  auto me = leader();
  me.seen(state("me", 9), 100ms);
  me.listed(state("other", 3), 1000ms); // it may have begun before our last write
  BOOST_TEST(me.leads_until(1000ms).has_value());
  BOOST_REQUIRE(reads(me, 1000ms));
  me.looked(found{state("me", 9)}, 1100ms, 0);
  BOOST_TEST(me.leads_until(1100ms).has_value());
  BOOST_TEST((me.wake() == 4000ms));
}

BOOST_AUTO_TEST_CASE(a_list_without_the_lease_is_doubted_too) {
  auto me = leader();
  me.listed(std::nullopt, 1000ms);
  BOOST_REQUIRE(reads(me, 1000ms));
  me.looked(found{std::nullopt}, 1100ms, 0);
  BOOST_TEST(!me.leads_until(1100ms).has_value());
  const auto wanted = written(me, 1100ms);
  BOOST_REQUIRE(wanted);
  BOOST_TEST(wanted->meta.resource_version == "");
}

BOOST_AUTO_TEST_CASE(the_leader_takes_a_restored_lease_back_at_once) {
  auto me = leader();
  me.seen(state("me", 9), 100ms);
  me.listed(state("gone", 3), 1000ms);
  BOOST_REQUIRE(reads(me, 1000ms));
  me.looked(found{state("gone", 3)}, 1100ms, 0);
  BOOST_TEST(me.leads_until(1100ms).value_or(0ms).count() == 10000); // others must wait for it
  const auto wanted = written(me, 1100ms);
  BOOST_REQUIRE(wanted);
  BOOST_TEST(wanted->meta.resource_version == "3");
  me.answered(state("me", 4), 1200ms, 0);
  BOOST_TEST((me.wake() == 1100ms + 4s));
}

// Whatever the backup says: who led when it was restored does not stand in it.
BOOST_AUTO_TEST_CASE(who_does_not_lead_waits_when_a_backup_was_restored) {
  for (const auto* holder : {"", "me", "other"}) {
    election me{"me", which, {}};
    me.listed(state("other", 9), 0ms);
    me.listed(state(holder, 3), 10s);
    BOOST_REQUIRE(reads(me, 10s));
    me.looked(found{state(holder, 3)}, 10100ms, 0);
    BOOST_TEST(!me.leads_until(10100ms).has_value(), holder);
    BOOST_TEST((me.wake() == 10100ms + 15s), holder);
  }
}

BOOST_AUTO_TEST_CASE(a_read_older_than_what_the_watch_showed_meanwhile_is_repeated) {
  auto me = leader();
  BOOST_REQUIRE(written(me, 4000ms));
  me.answered(refused(errc::conflict), 4100ms, 1);
  BOOST_REQUIRE(reads(me, 4100ms));
  me.seen(state("other", 8), 4150ms);
  me.looked(found{state("me", 7)}, 4200ms, 0);
  BOOST_TEST(me.holder() == "other");
  BOOST_TEST(reads(me, me.wake().value_or(0ms)));
}

BOOST_AUTO_TEST_CASE(versions_that_are_no_numbers_count_in_the_order_of_their_arrival) {
  const auto named = [](const std::string& holder, const std::string& version) {
    auto value = state(holder, 0);
    value.meta.resource_version = version;
    return value;
  };
  election me{"me", which, {}};
  me.listed(named("other", "b"), 0ms);
  me.seen(named("other", "a"), 9000ms);
  BOOST_TEST((me.wake() == 24s));
  me.seen(named("other", "a"), 10s); // nothing new
  BOOST_TEST((me.wake() == 24s));
  BOOST_REQUIRE(written(me, 24s));
  me.answered(named("me", "c"), 24100ms, 0);
  BOOST_TEST(me.leads_until(24100ms).has_value());
}

BOOST_AUTO_TEST_CASE(of_two_states_that_cannot_be_compared_neither_makes_a_leader) {
  const auto named = [](const std::string& holder, const std::string& version) {
    auto value = state(holder, 0);
    value.meta.resource_version = version;
    return value;
  };
  election me{"me", which, {}};
  me.listed(std::nullopt, 0ms);
  BOOST_REQUIRE(written(me, 0ms));
  me.seen(named("other", "x"), 100ms); // before or after our write?
  me.answered(named("me", "y"), 200ms, 0);
  BOOST_TEST(!me.leads_until(200ms).has_value());
  BOOST_REQUIRE(reads(me, 200ms));
  me.looked(found{named("other", "x")}, 300ms, 0);
  BOOST_TEST(!me.leads_until(300ms).has_value());
}

// An elector that follows one that died.

BOOST_AUTO_TEST_CASE(a_lead_that_was_handed_over_goes_on) {
  election me{"me", which, {}, 12s};
  BOOST_TEST(me.leads_until(5s).has_value());
  BOOST_TEST((me.wake() == 12s)); // it ends even if nothing is seen
  me.listed(state("me", 5), 5s);
  BOOST_TEST(me.leads_until(5s).has_value());
  BOOST_TEST((me.wake() == 6s)); // as the one before would have renewed it
  BOOST_TEST(!me.leads_until(12s).has_value());
}

BOOST_AUTO_TEST_CASE(a_lead_that_was_handed_over_ends_if_another_one_holds_the_lease) {
  election me{"me", which, {}, 12s};
  me.listed(state("other", 5), 5s);
  BOOST_TEST(!me.leads_until(5s).has_value());
}

// Another one may have led when it was deleted, and know nothing of it yet.
BOOST_AUTO_TEST_CASE(a_lease_that_another_one_held_and_that_was_deleted_is_not_taken_at_once) {
  election me{"me", which, {}};
  me.listed(state("other", 5), 0ms);
  me.seen(std::nullopt, 5s);
  BOOST_TEST(!written(me, 14999ms));
  BOOST_TEST(written(me, 15s).has_value());
}
