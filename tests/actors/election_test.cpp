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
  const auto wanted = me.next(5ms, wall);
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
  const auto wanted = me.next(24000ms, wall);
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
  const auto wanted = me.next(4000ms, wall);
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
  const auto wanted = me.next(2000ms, wall);
  BOOST_REQUIRE(wanted.has_value());
  BOOST_TEST(wanted->meta.resource_version == "");
}

BOOST_AUTO_TEST_CASE(its_own_lease_of_a_life_before_is_renewed_at_once) {
  election me{"me", which, {}}; // the elector was started again, the process is the same
  me.seen(state("me", 5), 0ms);
  const auto wanted = me.next(0ms, wall);
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
