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
  restarted.scope(scope_synced{});
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

BOOST_AUTO_TEST_CASE(what_a_successor_of_a_deleted_namespace_holds_may_be_told_first) {
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

BOOST_AUTO_TEST_CASE(of_a_deleted_namespace_nothing_is_kept_whatever_is_told_first) {
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

BOOST_FIXTURE_TEST_SUITE(after_a_restart, writer_world)

BOOST_AUTO_TEST_CASE(credentials_of_instances_without_an_answer_stay) {
  list_secrets();
  issue("a", "old-a");
  issue("b", "old-b");
  serve("team");
  settle("team");
  auto existing = shown("team", 500);
  existing.written_by_us_last = false; // else it would stay

  writer_world restarted;
  restarted.version = 600;
  restarted.list_secrets({existing});
  restarted.serve("team", {{ours}});
  restarted.mono += 10s;
  BOOST_TEST(restarted.settle("team").empty()); // nothing has answered: nothing is touched
  restarted.issue("a", "new-a");
  restarted.mono += desired_state::settle_time;
  const auto todo = restarted.secret("team");
  BOOST_REQUIRE((todo.what == kind::apply));
  const auto document = todo.secret->content->document.reveal();
  BOOST_TEST(document.find("new-a") != std::string_view::npos);
  BOOST_TEST(document.find("old-b") != std::string_view::npos);
  BOOST_TEST((restarted.settle("team") == kinds{kind::apply}));
  BOOST_TEST((restarted.next("team").what == kind::none));
  BOOST_TEST((restarted.revisit == start + 2h)); // when the old credential of b expires
  restarted.issue("b", "new-b");
  restarted.mono += desired_state::quiet_time;
  BOOST_TEST(restarted.settle("team").empty()); // the old one is as good until its renewal
  restarted.mono = 105min;
  BOOST_TEST((restarted.settle("team") == kinds{kind::apply}));
}

BOOST_AUTO_TEST_CASE(what_expires_without_any_answer_is_withdrawn_in_time) {
  complete("team");
  writer_world after;
  after.list_secrets({shown("team", 50)});
  after.serve("team", {{ours}});
  BOOST_TEST((after.settle("team").empty()));
  BOOST_REQUIRE(after.revisit.has_value());
  BOOST_TEST((*after.revisit == start + 2h));
  after.mono = 2h;
  BOOST_TEST((after.secret("team").reason == write_reason::expired));
  BOOST_TEST((after.settle("team") == kinds{kind::apply}));
  BOOST_TEST(registry::parse_docker_config(after.shown("team", 101).docker_config)->at(0).blank());
}

BOOST_AUTO_TEST_CASE(what_expires_without_any_answer_is_removed_in_time) {
  complete("team");
  writer_world after;
  after.desired = desired_state{{}, on_expiry::remove};
  after.desired.expect({{{"a", {}}, {"b", {}}}, ""});
  after.list_secrets({shown("team", 50)});
  after.serve("team", {{ours}});
  BOOST_TEST((after.settle("team").empty()));
  after.mono = 2h;
  BOOST_TEST((after.settle("team") == kinds{kind::apply}));
  BOOST_TEST(after.shown("team", 101).docker_config.reveal() == R"({"auths":{}})");
  BOOST_TEST(after.settle("team").empty());
}

BOOST_AUTO_TEST_CASE(without_a_configuration_an_expired_credential_is_withdrawn_and_nothing_else) {
  complete("team");
  auto old = shown("team", 50);
  auto copy = old;
  copy.meta = meta("other", ours, 51);
  copy.managed_by_us = false;
  writer_world after; // another process, which has read no configuration
  after.desired = desired_state{};
  after.serve("team", {{ours}});
  after.list_secrets({old, copy});
  BOOST_TEST((after.next("team").what == kind::none));
  BOOST_TEST((after.revisit == start + 2h));
  after.mono = 2h;
  const auto todo = after.secret("team");
  BOOST_REQUIRE((todo.what == kind::apply));
  const auto entries = registry::parse_docker_config(todo.secret->content->document);
  BOOST_REQUIRE(entries.has_value());
  BOOST_TEST(entries->size() == 2U);
  for (const auto& entry : *entries)
    BOOST_TEST(entry.blank());
  after.observed.applied("team", 0, *todo.secret, meta("team", ours, 60));
  BOOST_TEST((after.next("team").what == kind::none));
  BOOST_TEST((after.next("other").what == kind::none)); // a copy is its owner's
}

BOOST_AUTO_TEST_CASE(a_lead_that_was_lost_and_regained_takes_nothing_away) {
  complete("team");
  observed.forget_writes();
  desired.expect({{{"a", {}}, {"b", {}}}, "", true});
  BOOST_TEST((next("team").what == kind::none));
  issue("a", "new-a", 180min);
  mono += desired_state::settle_time + desired_state::quiet_time;
  // Only `a` has answered: what `b` had stays.
  const auto todo = secret("team");
  const auto held = todo.secret ? std::string{todo.secret->content->document.reveal()}
                                : std::string{shown("team", 1).docker_config.reveal()};
  BOOST_TEST(held.find("b.example") != std::string::npos);
  BOOST_TEST(held.find("\"username\":\"cr_temp_user\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_content_is_held_once_whatever_the_state) {
  list_secrets();
  issue("a");
  for (int i = 0; i < 100; ++i)
    serve("team-" + std::to_string(i));
  mono += desired_state::settle_time; // b never answers
  for (int i = 0; i < 100; ++i)
    settle("team-" + std::to_string(i));
  std::vector<kubernetes::secret> found;
  for (int i = 0; i < 100; ++i)
    found.push_back(shown("team-" + std::to_string(i), 1000 + i));
  BOOST_TEST(observed.contents() == 1U);
  writer_world restarted;
  restarted.list_secrets(found);
  BOOST_TEST(restarted.observed.contents() == 1U);
}

BOOST_AUTO_TEST_CASE(an_excluded_namespace_is_left_and_comes_back_with_its_accounts) {
  complete("team");
  scope(namespace_left{"team", true});
  BOOST_TEST((settle("team") == std::vector{kind::unlink, kind::remove, kind::release}));
  BOOST_REQUIRE(observed.find("team") != nullptr);
  BOOST_TEST((observed.find("team")->phase == namespace_phase::excluded));
  scope(namespace_seen{"team", false});
  BOOST_TEST((settle("team") == std::vector{kind::link, kind::apply}));
}

BOOST_AUTO_TEST_CASE(an_excluded_namespace_that_was_never_served_costs_nothing) {
  list_secrets();
  scope(namespace_left{"team", true});
  BOOST_TEST(settle("team").empty());
  kubernetes::service_account robot;
  robot.meta = meta("team", "robot", 10);
  robot.pull_secrets = std::vector<std::string>{"mine", ours}; // linked as it was created
  scope(account_seen{robot, true});
  BOOST_TEST((settle("team") == std::vector{kind::unlink}));
}

BOOST_AUTO_TEST_CASE(what_its_owner_wants_without_a_link_is_unlinked) {
  complete("team");
  kubernetes::service_account account;
  account.meta = meta("team", "default", 900);
  account.pull_secrets = std::vector<std::string>{"mine", ours};
  account.ignored = true;
  version = 1000;
  scope(account_seen{account, false});
  BOOST_TEST((settle("team") == std::vector{kind::unlink}));
  account.meta.resource_version = "2000";
  version = 3000;
  account.pull_secrets = std::vector<std::string>{"mine"};
  account.ignored = false;
  scope(account_seen{account, true});
  BOOST_TEST((settle("team") == std::vector{kind::link}));
}

BOOST_AUTO_TEST_CASE(a_limit_takes_effect_before_anything_has_answered) {
  complete("team");
  desired_state restarted;
  restarted.expect({{{"a", {}}, {"b", {}, {false, {"elsewhere"}}}}, ""});
  desired = std::move(restarted);
  BOOST_TEST((secret("team").what == kind::apply));
  BOOST_TEST(document("team").find("b.example") == std::string::npos);
  BOOST_TEST(document("team").find("a.example") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_namespace_without_an_entry_is_unlinked_and_loses_its_secret) {
  complete("team");
  desired.expect({{{"a", {}, {false, {"elsewhere"}}}, {"b", {}, {false, {"elsewhere"}}}}, ""});
  BOOST_TEST((account("team").what == kind::unlink));
  BOOST_TEST((secret("team").what == kind::remove));
}

BOOST_AUTO_TEST_CASE(a_withdrawn_credential_changes_no_turn_elsewhere) {
  desired.expect({{{"a", {}, {false, {"team-a"}}}, {"b", {}, {false, {"team-b"}}}}, ""});
  list_secrets();
  for (const auto* ns : {"team-a", "team-b"})
    serve(ns);
  issue("a");
  issue("b");
  for (const auto* ns : {"team-a", "team-b"})
    settle(ns);
  issue("b", "renewed", 180min);
  const auto before = secret("team-b");
  desired.withdraw("a");
  const auto after = secret("team-b");
  BOOST_TEST((before.what == after.what));
  BOOST_TEST((before.look_again == after.look_again));
  BOOST_TEST((secret("team-a").what == kind::apply));
}

BOOST_AUTO_TEST_SUITE_END()
