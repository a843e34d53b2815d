#define BOOST_TEST_MODULE reconciler
#include <boost/test/unit_test.hpp>

#include "actors/writer/write_spreading.hpp"
#include "tests/support/writer_world.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;
using kind = action::kind;
using kinds = std::vector<kind>;

namespace {

const std::string second = secret_names[1];

kubernetes::service_account account(const std::string& name, std::vector<std::string> list,
                                    int version = 10) {
  kubernetes::service_account made;
  made.meta = writer_world::meta("team", name, version);
  made.pull_secrets = std::move(list);
  return made;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(each_object_for_itself, writer_world)

BOOST_AUTO_TEST_CASE(nothing_is_done_before_the_secrets_are_listed) {
  serve("team");
  issue("a");
  issue("b");
  BOOST_TEST((next("team").what == kind::none));
  list_secrets();
  BOOST_TEST((next("team").what == kind::link));
}

BOOST_AUTO_TEST_CASE(link_and_secret_do_not_wait_for_each_other) {
  list_secrets();
  serve("team");
  issue("a");
  issue("b");
  const auto link = account("team");
  BOOST_TEST((link.what == kind::link));
  BOOST_TEST((link.reason == write_reason::new_link));
  BOOST_TEST(link.names == std::vector<std::string>{ours}, boost::test_tools::per_element());
  BOOST_TEST((secret("team").what == kind::apply));
  BOOST_TEST((secret("team").reason == write_reason::new_secret));
}

BOOST_AUTO_TEST_CASE(one_account_does_not_wait_for_another) {
  complete("team");
  for (const auto* name : {"a-robot", "robot"})
    scope(account_seen{::account(name, {}), true});
  BOOST_TEST((account("team", "a-robot").what == kind::link));
  BOOST_TEST((account("team", "robot").what == kind::link));
}

BOOST_AUTO_TEST_CASE(a_namespace_costs_two_writes_and_a_renewal_one) {
  list_secrets();
  issue("a");
  issue("b");
  serve("team");
  BOOST_TEST((settle("team") == kinds{kind::link, kind::apply}));
  issue("a", "renewed");
  mono += write_every; // its turn
  BOOST_TEST((secret("team").reason == write_reason::outdated));
  BOOST_TEST((settle("team") == kinds{kind::apply}));
}

BOOST_AUTO_TEST_CASE(at_the_start_one_write_waits_for_all_instances_but_not_for_long) {
  list_secrets();
  serve("team");
  issue("a");
  BOOST_TEST((settle("team") == kinds{kind::link}));
  BOOST_TEST((not_before == mono + desired_state::settle_time));
  mono += desired_state::settle_time;
  BOOST_TEST((settle("team") == kinds{kind::apply}));
}

BOOST_AUTO_TEST_CASE(credentials_that_come_together_cost_one_write) {
  complete("team");
  issue("a", "another", 130min);
  desired.issue({"a", {"another-user", {}, start + 3h, {"a.example"}}, start + 2h}, now(), 1);
  BOOST_TEST((next("team").what == kind::none));
  BOOST_TEST((not_before == mono + desired_state::quiet_time));
  mono += desired_state::quiet_time - 1ms;
  desired.issue({"b", {"another-user", {}, start + 3h, {"b.example"}}, start + 2h}, now(), 1);
  BOOST_TEST((next("team").what == kind::none));
  mono += desired_state::quiet_time;
  BOOST_TEST((settle("team") == kinds{kind::apply}));
}

BOOST_AUTO_TEST_CASE(a_secret_waits_a_moment_for_the_first_account_unless_every_namespace_has_it) {
  list_secrets();
  issue("a");
  issue("b");
  scope(namespace_seen{"team", false});
  BOOST_TEST((secret("team").what == kind::none));
  BOOST_TEST((secret("team").not_before == mono + account_grace));
  options.default_in_scope = true;
  BOOST_TEST((secret("team").what == kind::apply));
  options.default_in_scope = false;
  mono += account_grace;
  BOOST_TEST((secret("team").what == kind::apply));
}

BOOST_AUTO_TEST_CASE(an_older_event_does_not_undo_what_is_known_by_the_answer) {
  complete("team");
  scope(account_seen{::account("default", {}, 10), true});
  BOOST_TEST((next("team").what == kind::none));
  auto stale = shown("team", 1);
  stale.docker_config = secret_string{std::string_view{"{}"}};
  observed.secret(0, {watch_event_kind::apply, stale});
  BOOST_TEST((next("team").what == kind::none));
}

BOOST_AUTO_TEST_CASE(what_others_undo_is_repaired_and_the_reason_says_so) {
  complete("team");
  scope(account_seen{::account("default", {"theirs"}, 900), true});
  BOOST_TEST((account("team").reason == write_reason::link_removed));
  auto edited = shown("team", 1000);
  edited.docker_config = secret_string{std::string_view{"{\"auths\":{}}"}};
  edited.written_by_us_last = false;
  observed.secret(0, {watch_event_kind::apply, edited});
  BOOST_TEST((secret("team").reason == write_reason::secret_changed));
  version = 1500;
  BOOST_TEST((settle("team") == kinds{kind::link, kind::apply}));
  observed.secret(0, {watch_event_kind::remove, shown("team", 2000)});
  BOOST_TEST((secret("team").reason == write_reason::secret_deleted));
  version = 3000;
  BOOST_TEST((settle("team") == kinds{kind::apply}));
}

BOOST_AUTO_TEST_CASE(what_another_leader_wrote_meanwhile_is_no_interference) {
  complete("team");
  observed.forget_writes();
  auto other = shown("team", 1000);
  other.docker_config = secret_string{std::string_view{"{\"auths\":{}}"}};
  observed.secret(0, {watch_event_kind::apply, other});
  BOOST_TEST((secret("team").reason == write_reason::outdated));
}

BOOST_AUTO_TEST_CASE(a_secret_that_a_new_list_does_not_name_is_written_again) {
  complete("team");
  list_secrets();
  BOOST_TEST((settle("team") == kinds{kind::apply}));
}

BOOST_AUTO_TEST_CASE(a_foreign_secret_is_neither_written_nor_linked_nor_deleted) {
  auto foreign = kubernetes::secret{};
  foreign.meta = meta("team", ours, 50);
  list_secrets({foreign});
  serve("team");
  issue("a");
  issue("b");
  BOOST_TEST((next("team").what == kind::none));
  scope(namespace_left{"team"});
  BOOST_TEST((next("team").what == kind::release));
}

// Its owner may count on it: the original helper, say, which took the namespace back.
BOOST_AUTO_TEST_CASE(a_reference_to_a_foreign_secret_stays_when_its_namespace_leaves) {
  complete("team");
  auto foreign = kubernetes::secret{};
  foreign.meta = meta("team", ours, 500);
  observed.secret(0, {watch_event_kind::remove, shown("team", 400)});
  observed.secret(0, {watch_event_kind::apply, foreign});
  scope(namespace_left{"team"});
  BOOST_TEST((settle("team") == kinds{kind::release}));
  BOOST_TEST(!observed.find("team"));
}

BOOST_AUTO_TEST_CASE(a_copy_that_we_did_not_write_is_never_deleted) {
  complete("team");
  auto copy = shown("team", 500);
  copy.managed_by_us = false;
  writer_world w;
  w.list_secrets({copy});
  w.observed.select({false, {"another"}});
  w.scope(scope_synced{});
  BOOST_TEST((w.next("team").what == kind::none));
}

BOOST_AUTO_TEST_CASE(a_second_secret_that_is_no_longer_needed_is_unlinked_and_deleted) {
  complete("team");
  auto surplus = shown("team", 600);
  surplus.meta.ref.name = second;
  observed.secret(1, {watch_event_kind::apply, surplus});
  scope(account_seen{::account("default", {ours, second}, 700), true});
  const auto unlink = account("team");
  BOOST_TEST((unlink.what == kind::unlink));
  BOOST_TEST((unlink.reason == write_reason::surplus));
  BOOST_TEST(unlink.names == std::vector<std::string>{second}, boost::test_tools::per_element());
  BOOST_TEST((secret("team", 1).what == kind::remove));
}

BOOST_AUTO_TEST_CASE(a_terminating_namespace_is_left_alone) {
  list_secrets();
  serve("team");
  scope(namespace_seen{"team", true});
  issue("a");
  issue("b");
  BOOST_TEST((next("team").what == kind::none));
}

BOOST_AUTO_TEST_CASE(a_configuration_without_a_usable_instance_changes_nothing) {
  complete("team");
  desired.expect({});
  BOOST_TEST((next("team").what == kind::none));
}

BOOST_AUTO_TEST_CASE(a_new_instance_does_not_blank_the_secret_while_it_has_no_answer) {
  complete("team");
  desired.expect({{{"c", {}}}, ""});
  BOOST_TEST((next("team").what == kind::none));
  issue("c");
  mono += desired_state::quiet_time;
  BOOST_TEST((settle("team") == kinds{kind::apply}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(leaving, writer_world)

BOOST_AUTO_TEST_CASE(what_leaves_the_scope_is_unlinked_and_deleted) {
  complete("team");
  scope(namespace_left{"team"});
  BOOST_TEST((settle("team") == kinds{kind::unlink, kind::remove, kind::release}));
}

BOOST_AUTO_TEST_CASE(the_secret_goes_last_but_waits_for_no_account_that_is_refused) {
  complete("team");
  scope(namespace_left{"team"});
  BOOST_TEST((account("team").what == kind::unlink));
  BOOST_TEST((secret("team").what == kind::none)); // it shows a successor what is left to do
  observed.failed(account_key("team", "default"));
  BOOST_TEST((secret("team").what == kind::remove));
  carry_out({kind::remove, secret_key("team", 0), secret("team")});
  BOOST_TEST((account("team").what == kind::unlink)); // whose Secret it was is not forgotten
}

BOOST_AUTO_TEST_CASE(what_left_the_scope_while_the_helper_was_down_is_found_by_its_secret) {
  complete("team");
  const auto existing = shown("team", 500);
  writer_world restarted;
  restarted.list_secrets({existing});
  restarted.observed.select({false, {"another"}});
  BOOST_TEST(restarted.observed.scope(scope_synced{}, restarted.mono).moved ==
                 std::vector<std::string>{"team"},
             boost::test_tools::per_element());
  BOOST_TEST((restarted.settle("team") == kinds{kind::list_accounts, kind::remove, kind::release}));
}

BOOST_AUTO_TEST_CASE(a_list_that_lacks_a_selected_namespace_takes_nothing_away) {
  complete("team");
  const auto existing = shown("team", 500);
  for (const auto& selected : {selection{true, {}}, selection{false, {"team"}}}) {
    writer_world restarted;
    restarted.observed.select(selected);
    restarted.list_secrets({existing});
    restarted.scope(scope_synced{}); // the API server answered with an empty list of namespaces
    BOOST_TEST((restarted.next("team").what == kind::none));
  }
}

BOOST_AUTO_TEST_CASE(a_list_of_accounts_is_read_page_by_page) {
  complete("team");
  const auto existing = shown("team", 500);
  writer_world w;
  w.observed.select({false, {"another"}});
  w.list_secrets({existing});
  w.scope(scope_synced{});
  BOOST_TEST((w.of(namespace_key("team")).what == kind::list_accounts));
  BOOST_TEST(w.observed.accounts_listed("team", {::account("a", {ours})}, "more"));
  BOOST_TEST((w.of(namespace_key("team")).what == kind::list_accounts));
  BOOST_TEST(w.observed.find("team")->listing->continue_token == "more");
  w.observed.listing_failed("team", errc::response_too_big);
  BOOST_TEST(w.observed.find("team")->listing->limit == 250);
  BOOST_TEST(w.observed.accounts_listed("team", {::account("b", {ours})}, ""));
  BOOST_TEST((w.account("team", "a").what == kind::unlink));
  BOOST_TEST((w.account("team", "b").what == kind::unlink));
}

BOOST_AUTO_TEST_CASE(a_list_of_accounts_that_does_not_end_is_given_up) {
  complete("team");
  const auto existing = shown("team", 500);
  writer_world w;
  w.observed.select({false, {"another"}});
  w.list_secrets({existing});
  w.scope(scope_synced{});
  BOOST_TEST(w.observed.accounts_listed("team", {::account("a", {ours})}, "more"));
  BOOST_TEST(!w.observed.accounts_listed("team", {::account("a", {ours})}, "more"));
  BOOST_TEST(!w.observed.accounts_listed("team", {}, "other"));
}

BOOST_AUTO_TEST_CASE(an_account_that_leaves_the_scope_is_unlinked_if_the_link_is_ours) {
  complete("team");
  scope(account_left{{"team", "default"}});
  BOOST_TEST((account("team").reason == write_reason::out_of_scope));
  scope(account_seen{::account("old", {"foreign", ours}), false});
  BOOST_TEST((account("team", "old").what == kind::none)); // the user's own reference
  auto old = ::account("old", {"foreign", ours}, 11);
  old.managed_by_us = true;
  scope(account_seen{old, false});
  BOOST_TEST((account("team", "old").what == kind::unlink));
}

BOOST_AUTO_TEST_CASE(
    a_reference_goes_with_its_secret_although_the_server_does_not_tell_whose_it_is) {
  complete("team");
  const auto existing = shown("team", 500);
  writer_world w;
  w.observed.select({false, {"another"}});
  w.list_secrets({existing});
  w.scope(scope_synced{});
  w.observed.accounts_listed("team", {::account("default", {"foreign", ours, second})}, "");
  // The second Secret is not there: a reference to it may be anyone's.
  BOOST_TEST(w.account("team").names == std::vector<std::string>{ours},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_list_asked_for_before_an_account_was_unlinked_brings_nothing_back) {
  complete("team");
  const auto old = observed.find("team")->accounts.at("default").object("team", "default");
  scope(account_left{{"team", "default"}});
  BOOST_TEST((settle("team") == kinds{kind::unlink}));
  scope(account_seen{old, false});
  BOOST_TEST((next("team").what == kind::none));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(versions, writer_world)

BOOST_AUTO_TEST_CASE(an_account_that_changed_unseen_is_read_before_the_next_try) {
  complete("team");
  for (const bool in_scope : {true, false}) {
    scope(account_seen{
        ::account("robot", in_scope ? std::vector<std::string>{} : std::vector<std::string>{ours},
                  10),
        true});
    if (!in_scope)
      scope(account_left{{"team", "robot"}});
    observed.conflicted(account_key("team", "robot"), "10"); // somebody wrote it, unseen
    BOOST_REQUIRE((account("team", "robot").what == kind::read));
    observed.account_read("team", "10", ::account("robot", {"theirs", ours}, 5000));
    BOOST_TEST((account("team", "robot").what == (in_scope ? kind::none : kind::unlink)));
    observed.account_missing("team", "robot");
    BOOST_TEST((account("team", "robot").what == kind::none));
  }
}

BOOST_AUTO_TEST_CASE(a_conflict_that_the_watch_has_explained_needs_no_reading) {
  complete("team");
  scope(account_seen{::account("robot", {}, 10), true});
  scope(account_seen{::account("robot", {"theirs"}, 11), true});
  observed.conflicted(account_key("team", "robot"), "10");
  BOOST_TEST((account("team", "robot").what == kind::link));
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_newer_than_known_is_read_first) {
  complete("team");
  const auto uid = observed.find("team")->secrets[0]->uid;
  const auto known = observed.find("team")->secrets[0]->resource_version;
  issue("a", "second");
  mono += 201s;
  BOOST_REQUIRE((secret("team").what == kind::apply));
  observed.conflicted(secret_key("team", 0), known);
  BOOST_REQUIRE((secret("team").what == kind::read));
  kubernetes::secret now;
  now.meta = {{"team", ours}, uid, "9000"};
  now.labels = {{managed_by_label, kubernetes::field_manager}};
  now.managed_by_us = true;
  observed.secret_read("team", 0, known, now);
  BOOST_TEST((secret("team").what == kind::apply));
  BOOST_TEST(observed.find("team")->secrets[0]->resource_version == "9000");
  observed.conflicted(secret_key("team", 0), known); // sent before the newer one was known
  BOOST_REQUIRE((secret("team").what == kind::apply));
  observed.conflicted(secret_key("team", 0), "9000");
  now.labels.clear(); // somebody put his own in its place
  now.managed_by_us = false;
  now.meta.resource_version = "9001";
  observed.secret_read("team", 0, "9000", now);
  BOOST_TEST((secret("team").what == kind::none));
  BOOST_TEST(!observed.find("team")->secrets[0]->ours);
}

BOOST_AUTO_TEST_CASE(an_older_answer_than_the_watch_takes_away_the_doubt_only) {
  complete("team");
  const auto known = observed.find("team")->secrets[0]->resource_version;
  issue("a", "second");
  mono += 201s;
  observed.conflicted(secret_key("team", 0), known);
  observed.secret(0, {watch_event_kind::apply, shown("team", 7000)});
  auto older = shown("team", 1);
  observed.secret_read("team", 0, known, older);
  BOOST_TEST((secret("team").what == kind::apply));
  BOOST_TEST(observed.find("team")->secrets[0]->resource_version == "7000");
}

// etcd was restored from a backup: uids are the same, versions went back.
BOOST_AUTO_TEST_CASE(after_a_restored_backup_what_a_list_shows_is_read_and_believed) {
  complete("team");
  auto restored = shown("team", 50);
  restored.docker_config = secret_string{std::string_view{"{\"auths\":{}}"}};
  const auto known = observed.find("team")->secrets[0]->resource_version;
  list_secrets({restored});
  BOOST_REQUIRE((secret("team").what == kind::none || secret("team").what == kind::read));
  issue("a", "second");
  mono += 201s;
  BOOST_REQUIRE((secret("team").what == kind::read));
  observed.secret_read("team", 0, known, restored);
  BOOST_TEST(observed.find("team")->secrets[0]->resource_version == "50");
  BOOST_TEST((secret("team").what == kind::apply));

  const auto version_of_account = observed.find("team")->accounts.at("default").resource_version;
  scope(account_seen{::account("default", {}, 9), true, true});
  BOOST_TEST(observed.find("team")->accounts.at("default").doubtful);
  BOOST_TEST((account("team").what == kind::read));
  observed.account_read("team", version_of_account, ::account("default", {}, 9));
  BOOST_TEST((account("team").what == kind::link));
}

BOOST_AUTO_TEST_CASE(what_a_successor_of_a_deleted_namespace_holds_may_come_first) {
  complete("team");
  scope(account_gone{{"team", "default"}});
  observed.secret(0, {watch_event_kind::remove, shown("team", 200)});
  scope(account_seen{::account("default", {}, 300), true});
  scope(namespace_gone{"team"}); // of the old one: that watch was late
  BOOST_TEST((next("team").what == kind::none));
  scope(namespace_seen{"team", false});
  version = 400;
  BOOST_TEST((settle("team") == kinds{kind::link, kind::apply}));
}

BOOST_AUTO_TEST_CASE(of_a_deleted_namespace_nothing_is_kept_whatever_comes_first) {
  complete("team");
  const auto seen = shown("team", 200);
  scope(namespace_gone{"team"});
  scope(account_gone{{"team", "default"}});
  observed.secret(0, {watch_event_kind::remove, seen});
  BOOST_TEST(!observed.find("team"));
  serve("other");
  settle("other");
  observed.secret(0, {watch_event_kind::remove, shown("other", 200)});
  scope(account_gone{{"other", "default"}});
  BOOST_TEST(observed.find("other"));
  scope(namespace_gone{"other"});
  BOOST_TEST(observed.namespaces().empty());
}

BOOST_AUTO_TEST_CASE(what_was_deleted_again_before_the_answer_came_is_written_again) {
  complete("team");
  const auto before = shown("team", 5000);
  observed.secret(0, {watch_event_kind::remove, before});
  const auto todo = secret("team");
  BOOST_REQUIRE((todo.what == kind::apply));
  // The watch is faster: it tells of the write, and that somebody deleted what it made.
  auto made = before;
  made.meta.resource_version = "5001";
  observed.secret(0, {watch_event_kind::apply, made});
  made.meta.resource_version = "5002";
  observed.secret(0, {watch_event_kind::remove, made});
  observed.applied("team", 0, *todo.secret, meta("team", ours, 5001));
  BOOST_TEST((secret("team").what == kind::apply));
  observed.applied("team", 0, *todo.secret, meta("team", ours, 5003));
  BOOST_TEST((secret("team").what == kind::none));
}

BOOST_AUTO_TEST_SUITE_END()
