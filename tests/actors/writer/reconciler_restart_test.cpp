#define BOOST_TEST_MODULE reconciler_restart
#include <boost/test/unit_test.hpp>

#include "actors/writer/write_spreading.hpp"
#include "tests/support/writer_world.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;
using kind = action::kind;
using kinds = std::vector<kind>;

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

// It is kept, since nothing else has answered yet; its end is not to be missed for that.
BOOST_AUTO_TEST_CASE(the_last_credential_of_an_instance_that_left_is_removed_at_its_end) {
  complete("team");
  writer_world after;
  after.desired = desired_state{};
  after.desired.expect({{{"c", {}}}, ""});
  after.list_secrets({shown("team", 50)});
  after.serve("team", {{ours}});
  BOOST_TEST((after.settle("team").empty()));
  BOOST_TEST((after.revisit == start + 2h));
  after.mono = 2h;
  BOOST_TEST((after.settle("team") == kinds{kind::apply}));
}

BOOST_AUTO_TEST_CASE(a_lead_that_was_lost_and_regained_takes_nothing_away) {
  complete("team");
  observed.forget_writes();
  desired.expect({{{"a", {}}, {"b", {}}}, "", true});
  BOOST_TEST((next("team").what == kind::none));
  issue("a", "new-a", 180min);
  mono += desired_state::settle_time + desired_state::quiet_time;
  BOOST_TEST(settle("team").empty()); // the old one is as good until its renewal
  mono = 105min;
  // Only `a` has answered: what `b` had stays.
  const auto todo = secret("team");
  BOOST_REQUIRE((todo.what == kind::apply));
  const auto held = registry::parse_docker_config(todo.secret->content->document);
  BOOST_REQUIRE_EQUAL(held.value().size(), 2U);
  std::size_t place = 0;
  for (const auto& [host, password] : {std::pair{"a.example", "new-a"}, {"b.example", "secret"}}) {
    const auto& entry = held->at(place++);
    BOOST_TEST(entry.host == host);
    BOOST_TEST(entry.user == "cr_temp_user");
    BOOST_TEST(entry.password.reveal() == password);
  }
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
