#define BOOST_TEST_MODULE status_command
#include <boost/test/unit_test.hpp>

#include <boost/json/serialize.hpp>

#include "runtime/observability/status_json.hpp"
#include "tools/helper/status_command.hpp"

using namespace acr;
using namespace acr::helper;
using namespace std::chrono_literals;

namespace {

std::string words(const helper_status& state) {
  constexpr wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  const auto text = status_in_words(boost::json::serialize(status_json(state, "1.2.3", now)));
  BOOST_REQUIRE(text);
  return *text;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_state_is_a_few_lines_and_a_table) {
  constexpr wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  helper_status state;
  state.started_at = now - 3h;
  state.configuration.read = state.configuration.in_force = state.writing.warm = true;
  state.configuration.verdict = configuration_verdict::rejected;
  state.configuration.source = "kube-system/acr-configuration";
  state.configuration.problems = {"watch-namespace, line 2: bad"};
  state.writing.namespaces = 5;
  state.writing.namespaces_served = 4;
  state.writing.accounts = state.writing.accounts_linked = 7;
  auto& good = state.instances["cri-a"];
  good.domains = {"a.example", "b.example"};
  good.expires_at = now + 45min;
  good.renew_at = now + 30min;
  auto& bad = state.instances["cri-long-name"];
  bad.failures = 3;
  bad.last_failure = make_failure(errc::denied, "sts AssumeRole", "no\x1b[31m");
  bad.last_failure->cause = "Why.";
  bad.last_failure->remedy = "How.";
  BOOST_TEST(
      words(state) ==
      "ready, version 1.2.3, started 3 h ago\n"
      "configuration kube-system/acr-configuration: rejected, the last good one is in force\n"
      "  watch-namespace, line 2: bad\n"
      "namespaces: 4 of 5 served, 0 failing, 0 foreign Secrets; service accounts: 7 of 7 "
      "linked\n"
      "\n"
      "INSTANCE       STATE    EXPIRES    NEXT ATTEMPT  FAILURES  DOMAINS\n"
      "cri-a          valid    in 45 min  in 30 min     0         a.example +1\n"
      "cri-long-name  failing  -          -             3         -\n"
      "\n"
      "cri-long-name: sts AssumeRole: denied: no [31m\n"
      "  cause:  Why.\n"
      "  remedy: How.\n");
}

BOOST_AUTO_TEST_CASE(what_is_limited_to_namespaces_is_shown) {
  helper_status state;
  state.instances["cri-a"];
  BOOST_TEST(words(state).find("limited") == std::string::npos);
  state.instances["cri-b"].limited_to = "team-*,!team-x";
  state.writing.warm = true;
  state.writing.namespaces = state.writing.accounts = 1;
  BOOST_TEST(words(state).find("linked\n  cri-b is limited to team-*,!team-x\n\nINSTANCE") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_status_is_reported_and_what_is_missing_is_left_out) {
  for (const auto* text : {"", "[]", "hello", "{\"a\":"})
    BOOST_TEST(!status_in_words(text), text);
  for (const auto* text : {"{}", R"({"instances":[1,{"name":2}],"configuration":[],"now":"x"})"})
    BOOST_TEST(!!status_in_words(text), text);
}

BOOST_AUTO_TEST_CASE(watching_is_a_small_part_of_what_the_cluster_does) {
  BOOST_TEST(pause_after(0ms).count() == 2000);
  BOOST_TEST(pause_after(200ms).count() == 2000);
  BOOST_TEST(pause_after(10s).count() == 90'000);
}

BOOST_AUTO_TEST_CASE(a_helper_that_has_just_started_says_so) {
  helper_status state;
  state.started_at = wall_time{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
  BOOST_TEST(words(state).starts_with("NOT READY, version 1.2.3, started now\n"
                                      "configuration: not read yet\n"));
  BOOST_TEST(words(state).ends_with("no instances\n"));
}

BOOST_AUTO_TEST_CASE(a_scope_that_holds_nothing_names_the_key_that_makes_it_so) {
  helper_status state;
  state.writing.warm = true;
  BOOST_TEST(words(state).find("NO NAMESPACE IN SCOPE: see watch-namespace") != std::string::npos);
  state.writing.namespaces = state.writing.namespaces_served = 2004;
  BOOST_TEST(words(state).find("NO SERVICE ACCOUNT IN SCOPE, so no Pod gets a credential: see "
                               "service-account") != std::string::npos);
  state.writing.accounts = 1;
  BOOST_TEST(words(state).find("IN SCOPE") == std::string::npos);
}
