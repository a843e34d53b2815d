#define BOOST_TEST_MODULE event_wording
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "actors/events/event_wording.hpp"
#include "tests/support/print.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

const kubernetes::object_meta config_map{{"kube-system", "acr-configuration"}, "uid-1", "5"};
constexpr wall_time now{};

configuration_read read(configuration_verdict verdict, bool in_force = true) {
  configuration_read what;
  what.verdict = verdict;
  what.about = config_map;
  what.in_force = in_force;
  what.instances = {"cri-1", "cri-2"};
  what.namespaces = "all";
  what.service_accounts = "default";
  return what;
}

attempt_ended failed(errc code, unsigned times = 1) {
  attempt_ended what;
  what.instance = "cri-1";
  what.reason = make_failure(code, "sts AssumeRole", "refused");
  what.reason->request_id = "r" + std::to_string(times);
  what.reason->cause = "the trust policy does not name it";
  what.reason->remedy = "Add it.";
  what.failures = times;
  return what;
}

attempt_ended succeeded() {
  attempt_ended what;
  what.instance = "cri-1";
  return what;
}

struct wording_fixture {
  wording_fixture() { words.of(read(configuration_verdict::accepted), now); }

  /// The one Event that becomes of it.
  event_request one(const fact& what) {
    auto all = words.of(what, now);
    BOOST_REQUIRE_EQUAL(all.size(), 1U);
    return all.front();
  }

  event_wording words{"pod-1"};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_wording_suite, wording_fixture)

BOOST_AUTO_TEST_CASE(a_rejected_configuration_is_reported_on_its_config_map_with_place_and_key) {
  auto what = read(configuration_verdict::rejected);
  what.problems = {"watch-namespace, line 7, column 3: must be a name"};
  const auto request = one(what);
  BOOST_TEST(request.note.reason == "ConfigurationRejected");
  BOOST_TEST(request.note.warning);
  BOOST_TEST(request.note.about.uid == "uid-1");
  BOOST_TEST(request.note.instance == "pod-1");
  BOOST_TEST(request.note.message.find("watch-namespace, line 7, column 3") != std::string::npos);
  BOOST_TEST(request.note.message.find("last good configuration stays") != std::string::npos);
}

// After a restart.

BOOST_AUTO_TEST_CASE(what_the_secrets_hold_is_said_of_an_instance_that_fails_after_a_restart) {
  const auto message = [this](wall_time at) {
    auto all = words.of(failed(errc::denied), at);
    BOOST_REQUIRE_EQUAL(all.size(), 1U);
    return all.front().note.message;
  };
  BOOST_TEST(message(now).starts_with("cri-1: ")); // the Secrets are not listed yet
  BOOST_TEST(words.of(credential_found{"cri-1", {"a.example"}, now + 58min, 3}, now).empty());
  BOOST_TEST(message(now).starts_with("cri-1 (the credential in the Secrets, written before the "
                                      "restart, is valid until 1970-01-01T00:58:00Z): "));
  BOOST_TEST(message(now + 58min).starts_with("cri-1 (there is no valid credential): "));
}

BOOST_AUTO_TEST_CASE(a_credential_of_before_the_restart_that_expires_is_reported) {
  words.of(credential_found{"cri-1", {"a.example"}, now + 58min, 3}, now);
  BOOST_TEST(words.of(credential_found{"cri-1", {}, {}, 0}, now + 1min).empty()); // deleted
  words.of(credential_found{"cri-1", {"a.example"}, now + 58min, 3}, now);
  const auto told = words.of(credential_found{"cri-1", {}, {}, 0}, now + 58min);
  BOOST_REQUIRE_EQUAL(told.size(), 1U);
  BOOST_TEST(told.front().note.reason == "PasswordWithdrawn");
}

BOOST_AUTO_TEST_CASE(of_many_problems_the_number_is_reported) {
  auto what = read(configuration_verdict::rejected, false);
  what.problems = {"a", "b", "c", "d", "e"};
  const auto request = one(what);
  BOOST_TEST(request.note.message.find("a; b; c and 2 more") != std::string::npos);
  BOOST_TEST(request.note.message.find("Nothing is done") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_accepted_one_says_what_it_means) {
  const auto request = one(read(configuration_verdict::accepted));
  BOOST_TEST(request.note.reason == "ConfigurationAccepted");
  BOOST_TEST(!request.note.warning);
  BOOST_TEST(request.note.message ==
             "Understood: 2 instances (cri-1, cri-2), namespaces all, service accounts default.");
}

BOOST_AUTO_TEST_CASE(entries_that_are_left_out_are_reported_beside_it) {
  auto what = read(configuration_verdict::accepted);
  what.problems = {"acr-registry-info[1].instanceId, line 2, column 15: no instance"};
  what.entries_rejected = 1;
  const auto all = words.of(what, now);
  BOOST_REQUIRE_EQUAL(all.size(), 2U);
  BOOST_TEST(all[1].note.reason == "ConfigurationEntryRejected");
  BOOST_TEST(all[1].note.message.find("line 2, column 15") != std::string::npos);
  BOOST_TEST(all[0].topic != all[1].topic); // neither keeps the other quiet
}

BOOST_AUTO_TEST_CASE(a_missing_one_is_reported_where_it_was) {
  const auto request = one(read(configuration_verdict::missing));
  BOOST_TEST(request.note.reason == "ConfigurationMissing");
  BOOST_TEST(request.note.message ==
             "The ConfigMap is missing or empty. The last good configuration "
             "stays in force until the helper restarts.");
  BOOST_TEST(request.note.about.ref.name == "acr-configuration");
}

BOOST_AUTO_TEST_CASE(a_file_has_no_events) {
  auto what = read(configuration_verdict::rejected);
  what.about.reset();
  BOOST_TEST(words.of(what, now).empty());
  BOOST_TEST(words.of(failed(errc::denied), now).empty());
}

BOOST_AUTO_TEST_CASE(a_failing_instance_is_reported_with_step_cause_and_remedy) {
  const auto request = one(failed(errc::denied));
  BOOST_TEST(request.note.reason == "InstanceFailing");
  for (const auto* part :
       {"cri-1", "sts AssumeRole", "refused", "the trust policy", "Add it.", "cri-1: "})
    BOOST_TEST(request.note.message.find(part) != std::string::npos, part);
}

BOOST_AUTO_TEST_CASE(the_same_failure_has_the_same_gist_though_its_request_differs) {
  BOOST_TEST(one(failed(errc::denied, 1)).gist == one(failed(errc::denied, 2)).gist);
  BOOST_TEST(one(failed(errc::denied)).gist != one(failed(errc::not_found)).gist);
}

BOOST_AUTO_TEST_CASE(what_may_pass_is_reported_only_when_it_stays) {
  BOOST_TEST(words.of(failed(errc::connect_failed, 1), now).empty());
  BOOST_TEST(words.of(failed(errc::connect_failed, 2), now).empty());
  BOOST_TEST(words.of(succeeded(), now).empty()); // nothing was told, so nothing has recovered
  BOOST_TEST(one(failed(errc::connect_failed, 3)).note.reason == "InstanceFailing");
}

BOOST_AUTO_TEST_CASE(a_recovery_is_reported_once) {
  words.of(failed(errc::denied), now);
  BOOST_TEST(one(succeeded()).note.reason == "InstanceRecovered");
  BOOST_TEST(words.of(succeeded(), now).empty());
}

BOOST_AUTO_TEST_CASE(a_withdrawn_password_is_reported_and_so_is_its_return) {
  BOOST_TEST(one(password_withdrawn{"cri-1"}).note.reason == "PasswordWithdrawn");
  BOOST_TEST(one(succeeded()).note.reason == "InstanceRecovered");
}

BOOST_AUTO_TEST_CASE(a_foreign_secret_is_reported_on_an_account_of_its_namespace) {
  const kubernetes::object_meta secret{{"team-a", "acr-credential-secret-aggregation"}, "s", "1"};
  const kubernetes::object_meta account{{"team-a", "default"}, "a", "1"};
  const auto request = one(foreign_secret{secret, account});
  BOOST_TEST(request.note.reason == "SecretNotOurs");
  BOOST_TEST((request.note.kind == kubernetes::object_kind::service_account));
  BOOST_TEST(request.note.about.uid == "a");
  BOOST_TEST((request.weight == event_weight::minor));
}

BOOST_AUTO_TEST_CASE(refused_writes_are_reported_in_sum_and_on_an_account_of_one_namespace) {
  const kubernetes::object_meta account{{"team-a", "default"}, "a", "1"};
  writes_failing what{make_failure(errc::denied, "apply secret team-a/x", "forbidden"),
                      57,
                      {"team-a", "team-b"},
                      account};
  const auto all = words.of(what, now);
  BOOST_REQUIRE_EQUAL(all.size(), 2U);
  BOOST_TEST(all[0].note.reason == "WritesFailing");
  BOOST_TEST(all[0].note.message.find("57 namespaces (team-a, team-b)") != std::string::npos);
  BOOST_TEST(all[1].note.reason == "WriteRefused");
  BOOST_TEST(all[1].note.about.uid == "a");
  what.reason.code = errc::service_failed; // no fault of the namespace
  BOOST_TEST(words.of(what, now).size() == 1U);
  BOOST_TEST(one(writes_recovered{57}).note.reason == "WritesRecovered");
  BOOST_TEST(words.of(writes_recovered{1}, now).empty());
}

BOOST_AUTO_TEST_CASE(credentials_without_a_place_are_named_with_what_to_do) {
  const auto full =
      one(credentials_left_out{{{"cri-1", "a.example", true}, {"cri-2", "b.example", true}}});
  BOOST_TEST(full.note.reason == "CredentialsLeftOut");
  BOOST_TEST(full.note.warning);
  BOOST_TEST(full.note.message.starts_with(
      "2 credentials cannot be written (a.example of cri-1, b.example of cri-2): four Secrets"));
  const auto claimed = one(credentials_left_out{{{"cri-5", "a.example", false}}});
  BOOST_TEST(claimed.note.message.find("more than four instances claim") != std::string::npos);
  BOOST_TEST(one(credentials_left_out{}).note.reason == "CredentialsFitAgain");
}

BOOST_AUTO_TEST_CASE(a_refused_login_is_reported_and_so_is_that_it_is_accepted_again) {
  words.of(read(configuration_verdict::accepted), now);
  logins_tried what{"cri-1", {{"a.example", registry::login_verdict::accepted, {}}}};
  BOOST_TEST(words.of(what, now).empty());
  auto reason = make_failure(errc::dns_failed, "registry login", "no such name");
  what.outcomes = {{"b.example", registry::login_verdict::undecided, reason}};
  BOOST_TEST(words.of(what, now).empty()); // it may be another matter for the nodes
  reason.code = errc::credentials_bad;
  reason.cause = "a.example refuses it";
  what.outcomes = {{"a.example", registry::login_verdict::refused, reason}};
  const auto said = one(what);
  BOOST_TEST(said.note.reason == "LoginRefused");
  BOOST_TEST(said.note.warning);
  BOOST_TEST(said.note.message.find("cri-1: registry login") == 0U, said.note.message);
  BOOST_TEST(said.note.message.find("a.example refuses it") != std::string::npos);
  what.outcomes[0] = {"a.example", registry::login_verdict::accepted, {}};
  BOOST_TEST(one(what).note.reason == "LoginAccepted");
  BOOST_TEST(words.of(what, now).empty());
}

BOOST_AUTO_TEST_CASE(a_closed_endpoint_is_reported_and_so_is_its_opening) {
  words.of(read(configuration_verdict::accepted), now);
  endpoints_examined what{"cri-1", {{"internet", false, "acl_limited", "admits few", "look"}}};
  BOOST_TEST(words.of(what, now).empty()); // the nodes may be among them
  what.findings.push_back({"internet", true, "acl_closed", "it admits nobody", "add the nodes"});
  const auto said = one(what);
  BOOST_TEST(said.note.reason == "EndpointClosed");
  BOOST_TEST(said.note.warning);
  BOOST_TEST(said.note.message == "cri-1: it admits nobody. Remedy: add the nodes.");
  BOOST_TEST(one(endpoints_examined{"cri-1", {}}).note.reason == "EndpointOpen");
  BOOST_TEST(words.of(endpoints_examined{"cri-1", {}}, now).empty());
}

BOOST_AUTO_TEST_CASE(what_an_operator_asked_for_is_answered) {
  words.of(read(configuration_verdict::accepted), now);
  renewals_ended what{"r1", {{"cri-1", now}}};
  BOOST_TEST(one(what).note.reason == "RenewalDone");
  BOOST_TEST(one(what).note.message == "request r1: Renewed: cri-1 until " + to_rfc3339(now) + ".");
  what.outcomes.push_back({"cri-2", make_failure(errc::denied, "cr x", "no")});
  BOOST_TEST(one(what).note.reason == "RenewalFailed");
  BOOST_TEST(one(what).note.message.starts_with("request r1: cri-2: cr x: "));
  BOOST_TEST(one(what).note.warning);
  BOOST_TEST((one(what).weight == event_weight::answer));
  BOOST_TEST(one(what).own);
  // Of fifty the limit of a message cuts nothing that matters.
  for (int i = 0; i < 40; ++i)
    what.outcomes.push_back({"cri-good-" + std::to_string(i), now + std::chrono::hours{1}});
  for (int i = 0; i < 8; ++i)
    what.outcomes.push_back({"cri-bad", make_failure(errc::denied, "cr x", "no")});
  const auto many = one(what).note.message;
  BOOST_TEST(many.starts_with("request r1: 9 of 50 instances were not renewed. cri-2: "), many);
  BOOST_TEST(many.ends_with(" And 7 more: see acr-credential-helper status. Renewed: 41 instances, "
                            "the first until " +
                            to_rfc3339(now) + "."),
             many);
}

BOOST_AUTO_TEST_CASE(each_change_of_the_configuration_is_answered) {
  for (const auto verdict : {configuration_verdict::accepted, configuration_verdict::rejected,
                             configuration_verdict::missing}) {
    auto what = read(verdict);
    what.entries_rejected = 1;
    for (const auto& said : words.of(what, now)) {
      BOOST_TEST((said.weight == event_weight::answer), said.note.reason);
      BOOST_TEST(!said.own, said.note.reason); // one that flaps is counted
    }
  }
}

BOOST_AUTO_TEST_CASE(of_several_replicas_the_leader_speaks_and_a_new_one_tells_how_things_are) {
  event_wording standby{"pod-2"};
  standby.of(lead_changed{false}, now);
  BOOST_TEST(standby.of(read(configuration_verdict::accepted), now).empty());
  BOOST_TEST(standby.of(read(configuration_verdict::rejected), now).empty());
  const auto said = standby.of(lead_changed{true}, now);
  BOOST_REQUIRE_EQUAL(said.size(), 1U);
  BOOST_TEST(said[0].note.reason == "ConfigurationRejected");
  BOOST_TEST(standby.of(lead_changed{true}, now).empty());
}

BOOST_AUTO_TEST_CASE(what_is_for_metrics_only_becomes_no_event) {
  BOOST_TEST(words.of(api_answered{"get", "secrets", "200"}, now).empty());
  BOOST_TEST(words.of(part_died{"writing"}, now).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(the_documentation_lists_every_reason_and_no_other) {
  const auto read = [](const std::string& path) {
    std::ifstream file{ACR_TEST_DATA "/../../" + path};
    return std::string{std::istreambuf_iterator<char>{file}, {}};
  };
  const auto matches = [](const std::string& text, const std::string& pattern) {
    const std::regex expression{pattern};
    std::set<std::string> found;
    for (auto at = std::sregex_iterator{text.begin(), text.end(), expression};
         at != std::sregex_iterator{}; ++at)
      found.insert((*at)[1].str());
    return found;
  };
  // What stands in quotes and in camel case is a reason, or what was being done.
  auto said = matches(read("actors/events/event_wording.cpp"), "\"((?:[A-Z][a-z]+){2,})\"");
  for (const auto* action :
       {"ReadConfiguration", "RefreshCredential", "WithdrawCredential", "TryCredential", "RenewNow",
        "ExamineEndpoint", "WriteSecret", "WriteNamespace", "WriteNamespaces"})
    BOOST_TEST(said.erase(action) == 1U, action);
  const auto documented = matches(read("docs/observability.md"), "\\n\\| `((?:[A-Z][a-z]+){2,})` ");
  BOOST_TEST(said.size() > 8U);
  BOOST_TEST(said == documented, boost::test_tools::per_element());
}
