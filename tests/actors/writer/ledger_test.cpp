#define BOOST_TEST_MODULE ledger
#include <boost/test/unit_test.hpp>

#include "actors/writer/pacing.hpp"
#include "tests/support/ledger_world.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;
using kind = work_step::kind;

namespace {

const std::vector<kind> two_writes{kind::link, kind::apply};

} // namespace

BOOST_FIXTURE_TEST_SUITE(ledger_suite, ledger_world)

BOOST_AUTO_TEST_CASE(nothing_is_done_before_the_secrets_are_listed) {
  serve("team");
  issue("a");
  issue("b");
  BOOST_TEST((next("team").what == kind::nothing));
  list_secrets();
  BOOST_TEST((next("team").what == kind::link));
}

BOOST_AUTO_TEST_CASE(a_namespace_costs_two_writes_and_a_renewal_one) {
  list_secrets();
  issue("a");
  issue("b");
  serve("team");
  BOOST_TEST((settle("team") == two_writes));
  issue("a", "renewed");
  mono += write_every; // its turn
  BOOST_TEST((settle("team") == std::vector<kind>{kind::apply}));
}

BOOST_AUTO_TEST_CASE(at_the_start_one_write_waits_for_all_instances_but_not_for_long) {
  list_secrets();
  serve("team");
  issue("a");
  BOOST_TEST((settle("team") == std::vector<kind>{kind::link}));
  auto step = next("team");
  BOOST_TEST((step.what == kind::wait));
  BOOST_TEST((step.not_before == mono + ledger::settle_time));
  mono += ledger::settle_time;
  BOOST_TEST((settle("team") == std::vector<kind>{kind::apply}));
}

BOOST_AUTO_TEST_CASE(an_older_event_does_not_undo_what_we_know_by_the_answer) {
  list_secrets();
  issue("a");
  issue("b");
  serve("team");
  settle("team");
  kubernetes::service_account before_link;
  before_link.meta = meta("team", "default", 10);
  book.scope(account_seen{before_link, true}, now());
  BOOST_TEST((next("team").what == kind::nothing));
  auto stale = observed("team", 1);
  stale.docker_config = secret_string{std::string_view{"{}"}};
  book.secret(0, {watch_event_kind::apply, stale});
  BOOST_TEST((next("team").what == kind::nothing));
}

BOOST_AUTO_TEST_CASE(a_secret_that_was_edited_or_deleted_is_written_again) {
  list_secrets();
  issue("a");
  issue("b");
  serve("team");
  settle("team");
  auto edited = observed("team", 1000);
  edited.docker_config = secret_string{std::string_view{"{\"auths\":{}}"}};
  book.secret(0, {watch_event_kind::apply, edited});
  version = 1500;
  BOOST_TEST((settle("team") == std::vector<kind>{kind::apply}));
  book.secret(0, {watch_event_kind::remove, observed("team", 2000)});
  version = 3000;
  BOOST_TEST((settle("team") == std::vector<kind>{kind::apply}));
}

BOOST_AUTO_TEST_CASE(a_secret_that_a_new_list_does_not_name_is_written_again) {
  list_secrets();
  issue("a");
  issue("b");
  serve("team");
  settle("team");
  list_secrets();
  BOOST_TEST((settle("team") == std::vector<kind>{kind::apply}));
}

BOOST_AUTO_TEST_CASE(after_a_restart_credentials_of_instances_without_an_answer_stay) {
  list_secrets();
  issue("a", "old-a");
  issue("b", "old-b");
  serve("team");
  settle("team");
  auto existing = observed("team", 500);
  existing.written_by_us_last = false; // else it would stay

  ledger_world restarted;
  restarted.version = 600;
  restarted.list_secrets({existing});
  restarted.serve("team", {{ours}});
  restarted.mono += 10s;
  BOOST_TEST(restarted.settle("team").empty()); // nothing has answered: nothing is touched
  restarted.issue("a", "new-a");
  restarted.mono += ledger::settle_time;
  BOOST_TEST((restarted.settle("team") == std::vector<kind>{kind::apply}));
  const auto kept = restarted.book.content("team", 0, restarted.now().wall);
  BOOST_TEST(kept.document.reveal().find("new-a") != std::string_view::npos);
  BOOST_TEST(kept.document.reveal().find("old-b") != std::string_view::npos);
  BOOST_TEST((restarted.next("team").what == kind::nothing));
  BOOST_TEST((restarted.revisit == start + 2h)); // when the old password of b ends
  restarted.issue("b", "new-b");
  BOOST_TEST((restarted.settle("team") == std::vector<kind>{kind::apply}));
}

BOOST_AUTO_TEST_CASE(after_a_restart_without_any_answer_what_expires_is_withdrawn_in_time) {
  ledger_world before;
  before.list_secrets();
  before.serve("team");
  before.issue("a");
  before.issue("b");
  before.settle("team");

  ledger_world after;
  after.version = 100;
  after.list_secrets({before.observed("team", 50)});
  after.serve("team", {{ours}});
  BOOST_TEST((after.settle("team").empty()));
  BOOST_REQUIRE(after.revisit.has_value());
  BOOST_TEST((*after.revisit == start + 2h));
  after.mono = 2h;
  BOOST_TEST((after.settle("team") == std::vector{kind::apply}));
  BOOST_TEST(
      registry::parse_docker_config(after.observed("team", 101).docker_config)->at(0).blank());
}

BOOST_AUTO_TEST_CASE(what_leaves_the_scope_is_unlinked_and_deleted) {
  list_secrets();
  issue("a");
  issue("b");
  serve("team");
  settle("team");
  book.scope(namespace_left{"team"}, now());
  BOOST_TEST((settle("team") == std::vector<kind>{kind::unlink, kind::remove, kind::forget}));
}

BOOST_AUTO_TEST_CASE(what_left_the_scope_while_we_were_away_is_found_by_its_secret) {
  list_secrets();
  issue("a");
  serve("team");
  const auto existing = observed("team", 500);

  ledger_world restarted;
  restarted.list_secrets({existing});
  restarted.book.scope(scope_synced{}, restarted.now());
  BOOST_TEST(
      (restarted.settle("team") == std::vector<kind>{kind::inspect, kind::remove, kind::forget}));
}

BOOST_AUTO_TEST_CASE(a_copy_elsewhere_of_our_secret_is_left_alone) {
  auto copy = observed("team", 500);
  copy.labels[managed_by_label] = kubernetes::field_manager;
  copy.managed_by_us = false;
  list_secrets({copy});
  book.scope(scope_synced{}, now());
  BOOST_TEST((next("team").what == kind::nothing));
}

BOOST_AUTO_TEST_CASE(a_list_asked_for_before_an_account_was_unlinked_brings_nothing_back) {
  ledger_world w;
  w.complete("team");
  auto old = w.book.find("team")->accounts.at("default").object("team", "default");
  w.book.scope(account_left{{"team", "default"}}, w.now());
  BOOST_TEST((w.settle("team") == std::vector{kind::unlink}));
  w.book.scope(account_seen{old, false}, w.now());
  BOOST_TEST((w.next("team").what == kind::nothing));
}

BOOST_AUTO_TEST_CASE(
    an_account_out_of_scope_that_changed_unseen_is_listed_again_before_the_next_try) {
  ledger_world w;
  w.complete("team");
  w.book.scope(account_left{{"team", "default"}}, w.now());
  BOOST_REQUIRE((w.next("team").what == kind::unlink));
  w.book.conflicted("team", w.next("team")); // someone wrote the list, and nobody watches it
  BOOST_REQUIRE((w.next("team").what == kind::inspect));
  auto changed = w.book.find("team")->accounts.at("default").object("team", "default");
  changed.meta.resource_version = "5000";
  changed.pull_secrets = {{"theirs", ours}};
  w.book.inspected("team", {changed});
  const auto step = w.next("team");
  BOOST_TEST((step.what == kind::unlink));
  BOOST_TEST(w.book.find("team")->accounts.at("default").pull_secrets.get().front() == "theirs");
  w.book.conflicted("team", step);
  w.book.inspected("team", {}); // deleted meanwhile
  BOOST_TEST((w.next("team").what == kind::nothing));
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_newer_than_known_is_looked_at_first) {
  ledger_world w;
  w.complete("team");
  const auto uid = w.book.find("team")->secrets[0]->uid;
  w.issue("a", "second");
  w.mono += 201s;
  const auto step = w.next("team");
  BOOST_REQUIRE((step.what == kind::apply));
  w.book.conflicted("team", step);
  BOOST_REQUIRE((w.next("team").what == kind::look));
  kubernetes::secret now;
  now.meta = {{"team", ours}, uid, "9000"};
  now.labels = {{managed_by_label, kubernetes::field_manager}};
  now.managed_by_us = true;
  w.book.looked("team", 0, now);
  BOOST_TEST((w.next("team").what == kind::apply));
  BOOST_TEST(w.book.find("team")->secrets[0]->resource_version == "9000");
  w.book.conflicted("team", step); // it was sent before the newer one was known
  BOOST_REQUIRE((w.next("team").what == kind::apply));
  w.book.conflicted("team", w.next("team"));
  now.labels.clear(); // somebody put his own in its place
  now.managed_by_us = false;
  now.meta.resource_version = "9001";
  w.book.looked("team", 0, now);
  BOOST_TEST((w.next("team").what == kind::unlink || w.next("team").what == kind::nothing));
  BOOST_TEST(!w.book.find("team")->secrets[0]->ours);
}

BOOST_AUTO_TEST_CASE(an_older_answer_than_the_watch_takes_away_the_doubt_only) {
  ledger_world w;
  w.complete("team");
  const auto known = w.book.find("team")->secrets[0]->resource_version;
  w.issue("a", "second");
  w.mono += 201s;
  w.book.conflicted("team", w.next("team"));
  kubernetes::secret older;
  older.meta = {{"team", ours}, w.book.find("team")->secrets[0]->uid, "1"};
  w.book.looked("team", 0, older);
  BOOST_TEST((w.next("team").what == kind::apply));
  BOOST_TEST(w.book.find("team")->secrets[0]->resource_version == known);
}

BOOST_AUTO_TEST_CASE(what_a_successor_of_a_deleted_namespace_holds_may_be_told_first) {
  ledger_world w;
  w.complete("team");
  w.book.scope(account_gone{{"team", "default"}}, w.now());
  w.book.secret(0, {watch_event_kind::remove, w.observed("team", 200)});
  kubernetes::service_account account;
  account.meta = ledger_world::meta("team", "default", 300);
  w.book.scope(account_seen{account, true}, w.now());
  w.book.scope(namespace_gone{"team"}, w.now()); // of the old one: that watch was late
  BOOST_TEST((w.next("team").what == kind::nothing));
  w.book.scope(namespace_seen{"team", false}, w.now());
  w.version = 400;
  BOOST_TEST((w.settle("team") == std::vector{kind::link, kind::apply}));
}

BOOST_AUTO_TEST_CASE(of_a_deleted_namespace_nothing_is_kept_whatever_is_told_first) {
  ledger_world w;
  w.complete("team");
  w.book.scope(namespace_gone{"team"}, w.now());
  w.book.scope(account_gone{{"team", "default"}}, w.now());
  w.book.secret(0, {watch_event_kind::remove, w.observed("team", 200)});
  BOOST_TEST(!w.book.find("team"));
  w.serve("other");
  w.settle("other");
  w.book.secret(0, {watch_event_kind::remove, w.observed("other", 200)});
  w.book.scope(account_gone{{"other", "default"}}, w.now());
  BOOST_TEST(w.book.find("other"));
  w.book.scope(namespace_gone{"other"}, w.now());
  BOOST_TEST(w.book.records().empty());
}

BOOST_AUTO_TEST_CASE(an_account_that_leaves_the_scope_is_unlinked) {
  list_secrets();
  issue("a");
  issue("b");
  serve("team");
  settle("team");
  book.scope(account_left{{"team", "default"}}, now());
  BOOST_TEST((settle("team") == std::vector<kind>{kind::unlink}));
}

BOOST_AUTO_TEST_CASE(without_a_configuration_an_expired_password_is_withdrawn_and_nothing_else) {
  list_secrets();
  serve("team");
  issue("a");
  issue("b");
  settle("team");
  auto old = observed("team", 50);
  auto copy = observed("other", 51);
  copy.meta = meta("other", ours, 51);
  copy.managed_by_us = false;
  book = ledger{}; // another process, which has read no configuration
  list_secrets({old, copy});
  BOOST_TEST((next("team").what == kind::nothing));
  BOOST_TEST((revisit == start + 2h));
  mono = 2h;
  const auto step = next("team");
  BOOST_REQUIRE((step.what == kind::apply));
  const auto written = book.content("team", 0, now().wall);
  const auto entries = registry::parse_docker_config(written.document);
  BOOST_REQUIRE(entries.has_value());
  BOOST_TEST(entries->size() == 2U);
  for (const auto& entry : *entries)
    BOOST_TEST(entry.blank());
  book.applied("team", 0, written, meta("team", ours, 60));
  BOOST_TEST((next("team").what == kind::nothing));
  BOOST_TEST((next("other").what == kind::nothing)); // a copy is its owner's
}

BOOST_AUTO_TEST_CASE(what_was_deleted_again_before_the_answer_came_is_written_again) {
  complete("team");
  book.secret(0, {watch_event_kind::remove, observed("team", 5000)});
  const auto step = next("team");
  BOOST_REQUIRE((step.what == kind::apply));
  const auto content = book.content("team", 0, now().wall);
  // The watch is faster: it tells of the write, and that somebody deleted what it made.
  book.secret(0, {watch_event_kind::apply, observed("team", 5001)});
  book.secret(0, {watch_event_kind::remove, observed("team", 5002)});
  book.applied("team", 0, content, meta("team", ours, 5001));
  BOOST_TEST((next("team").what == kind::apply));
  book.applied("team", 0, content, meta("team", ours, 5003));
  BOOST_TEST((next("team").what == kind::nothing));
}

BOOST_AUTO_TEST_CASE(a_configuration_without_a_usable_instance_changes_nothing) {
  list_secrets();
  issue("a");
  issue("b");
  serve("team");
  settle("team");
  book.expect({});
  BOOST_TEST((next("team").what == kind::nothing));
}

BOOST_AUTO_TEST_CASE(a_new_instance_does_not_blank_the_secret_while_it_has_no_answer) {
  list_secrets();
  issue("a");
  issue("b");
  serve("team");
  settle("team");
  book.expect({{{"c", {}}}, ""});
  BOOST_TEST((next("team").what == kind::nothing));
  issue("c");
  BOOST_TEST((settle("team") == std::vector<kind>{kind::apply}));
}

BOOST_AUTO_TEST_SUITE_END()
