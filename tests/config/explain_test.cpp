#define BOOST_TEST_MODULE explain
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "config/explain.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;

namespace {

strings steps(const std::string& identity) {
  const auto read = parse_file("instances:\n- id: cri-1\n  identity: " + identity + "\n");
  BOOST_TEST_REQUIRE(read.value.has_value());
  return in_words(read.value->instances.at(0).chain);
}

} // namespace

BOOST_AUTO_TEST_CASE(all_that_was_understood_is_put_in_words) {
  BOOST_TEST(explain(parse_file(own_sample), "acr.yaml") == R"(written in the helper's own form

cri-1@cn-hangzhou
  instance   cri-1
  region     cn-hangzhou
  domains    a.example, b.example
  identity   the ServiceAccount's OIDC token, provider acs:ram::1000000000000001:oidc-provider/p
        then the role acs:ram::1000000000000001:role/a
        then the role acs:ram::1000000000000002:role/b, external ID word
  session    7200 s

personal
  instance   Personal edition
  region     the cluster's
  domains    all of the instance
  identity   the helper's own identity

namespaces       team-a, team-b
ServiceAccounts  all
renewed          1200 s before they expire
e-mail address   ops@example.com

acr.yaml: good: nothing is wrong (2 instances)
)");
}

BOOST_AUTO_TEST_CASE(limits_and_labels_are_shown) {
  const auto read = parse_file("namespaceSelector: {matchLabels: {pull: acr}}\ninstances:\n"
                               "- {id: cri-1, namespaces: 'team-*,!team-x'}\n");
  BOOST_TEST(explain(read, "x").find("  goes to    team-*, !team-x\n") != std::string::npos);
  BOOST_TEST(explain(read, "x").find("  with labels    pull in (acr)\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_account_named_all_does_not_read_like_all_accounts) {
  const auto read = parse_file("serviceAccounts: {names: [all, b]}\nnamespaces: all\n");
  BOOST_TEST(explain(read, "x").find("ServiceAccounts  \"all\", b\n") != std::string::npos);
  BOOST_TEST(explain(read, "x").find("namespaces       all\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(json_holds_the_same) {
  const auto told = boost::json::parse(explain_json(parse_file(own_sample), "acr.yaml"));
  const auto expected = boost::json::parse(R"({
    "source": "acr.yaml", "verdict": "good", "spelling": "file", "problems": [],
    "configuration": {
      "namespaces": ["team-a", "team-b"], "serviceAccounts": "all", "renewBeforeSeconds": 1200,
      "namespaceSelector": null, "email": "ops@example.com",
      "instances": [
        {"name": "cri-1@cn-hangzhou", "edition": "enterprise", "id": "cri-1", "line": 8,
         "region": "cn-hangzhou", "domains": ["a.example", "b.example"],
         "namespaces": "all", "identity": {
           "source": "rrsa",
           "rrsa": {"role": "acs:ram::1000000000000001:role/a",
                    "provider": "acs:ram::1000000000000001:oidc-provider/p"},
           "assumeRoles": [{"role": "acs:ram::1000000000000002:role/b", "externalId": "word"}],
           "sessionSeconds": 7200,
           "steps": [
             "the ServiceAccount's OIDC token, provider acs:ram::1000000000000001:oidc-provider/p",
             "the role acs:ram::1000000000000001:role/a",
             "the role acs:ram::1000000000000002:role/b, external ID word"]}},
        {"name": "personal", "edition": "personal", "id": null, "line": 19, "region": null,
         "domains": "all",
         "namespaces": "all", "identity": {"source": "auto", "assumeRoles": [],
                      "steps": ["the helper's own identity"]}}]}})");
  BOOST_TEST(told == expected);
}

BOOST_AUTO_TEST_CASE(an_address_does_not_steer_the_reader_s_terminal) {
  const auto read = parse_file("email: \"a\\u009b\\u202Eb@example.com\"\n");
  BOOST_TEST(explain(read, "x").find("e-mail address   a  b@example.com\n") != std::string::npos,
             explain(read, "x"));
}

BOOST_AUTO_TEST_CASE(each_source_of_identity_has_its_words) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{source: auto}", "the helper's own identity"},
      {"{accessKey: {id: LTAI1, secret: x}}", "the AccessKey in the configuration"},
      {"{secretRef: {namespace: a, name: b}}", "the AccessKey in the Secret a/b"},
      {"{secretRef: {name: b}}", "the AccessKey in the Secret b of the helper's own namespace"},
      {"{source: environment}", "the environment variables of the vendor's SDKs"},
      {"{source: profile}", "the current profile of the vendor's command line tool"},
      {"{profile: prod}", "the profile prod"},
      {R"({profile: "a\nb\ec"})", "the profile a b c"},
      {R"({profile: "a\u009bb\u202Ec"})", "the profile a b c"},
      {R"({roleName: "a\u2028b"})", "the worker role a b"},
      {"{source: workerRole}", "the worker role of the machine"},
      {"{roleName: Worker}", "the worker role Worker"},
      {"{source: managedRole}", "the managed role of the add-on's token file"}};
  for (const auto& [identity, words] : cases)
    BOOST_TEST(steps(identity) == strings{words}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_problem_is_reported_where_it_is) {
  const auto read = parse_file("instances:\n- id: cri-1\n  domains: https://a.example\n"
                               "- id: cri-2\n");
  const auto text = explain(read, "acr.yaml");
  BOOST_TEST(text.starts_with("acr.yaml:3:12: entry rejected: instances[0].domains: "
                              "\"https://a.example\": must be a host name without a scheme"));
  BOOST_TEST(text.ends_with("acr.yaml: entries are rejected: the others work "
                            "(1 instance, 1 problem of an entry)\n"));
  const auto told = boost::json::parse(explain_json(read, "acr.yaml"));
  const auto& problem = told.at("problems").at(0);
  BOOST_TEST(problem.at("severity") == "entry_rejected");
  BOOST_TEST(problem.at("key") == "instances[0].domains");
  BOOST_TEST(problem.at("line") == 3);
  BOOST_TEST(problem.at("column") == 12);
  BOOST_TEST(problem.at("value") == "https://a.example");
}

BOOST_AUTO_TEST_CASE(what_is_refused_is_not_said_to_be_understood) {
  const auto read = parse_file("namespaces: all,team-a\n");
  const auto text = explain(read, "-");
  BOOST_TEST(text.starts_with("-:1:13: fatal: namespaces: "));
  BOOST_TEST(text.find("written in") == std::string::npos);
  const auto told = boost::json::parse(explain_json(read, "-"));
  BOOST_TEST(told.at("verdict") == "refused");
  BOOST_TEST(told.at("configuration").is_null());
  BOOST_TEST(told.at("spelling").is_null());
}

BOOST_AUTO_TEST_CASE(the_worst_problem_is_the_verdict) {
  BOOST_TEST((judge(parse_file("instances: [{id: cri-1}]")) == verdict::good));
  BOOST_TEST((judge(parse_file("email: ops")) == verdict::warnings));
  BOOST_TEST((judge(parse_file("email: ops\ninstances: [{id: cri-1}, {id: x}]")) ==
              verdict::entries_rejected));
  BOOST_TEST(
      (judge(parse_file("email: a b\ninstances: [{id: cri-1}, {id: x}]")) == verdict::refused));
}

BOOST_AUTO_TEST_CASE(no_part_of_an_access_key_is_printed) {
  const std::string key = "customAccessKey: LTAIMARKER\n  customAccessKeySecret: ";
  for (const auto* secret : {"MARKER", "MARK ER", "[MARKER]", ""}) {
    const auto read = info("- instanceId: cri-1\n  " + key + secret + "\n");
    BOOST_TEST(explain(read, "f").find("MARK") == std::string::npos);
    BOOST_TEST(explain_json(read, "f").find("MARK") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_warning_is_not_called_all_used) {
  const auto told = explain(parse_file("instances:\n- id: cri-1\nrenewBefore: 2h\n"), "acr.yaml");
  BOOST_TEST(told.find(": warning: ") != std::string::npos);
  BOOST_TEST(told.ends_with(
      "acr.yaml: accepted, with warnings: no entry is rejected (1 instance, 1 warning)\n"));
}

BOOST_AUTO_TEST_CASE(in_brief_it_is_the_problems_and_the_verdict_with_numbers) {
  const auto brief = [](const std::string& text) { return explain_briefly(parse_file(text), "f"); };
  BOOST_TEST(brief("instances: [{id: cri-1}, {id: cri-2}]") ==
             "f: good: nothing is wrong (2 instances)\n");
  const auto told = brief("instances: [{id: cri-1}, {id: x}]\nrenewBefore: 2h\n");
  BOOST_TEST(std::count(told.begin(), told.end(), '\n') == 3);
  BOOST_TEST(told.ends_with("\nf: entries are rejected: the others work "
                            "(1 instance, 1 problem of an entry, 1 warning)\n"));
  BOOST_TEST(brief("namespaces: all,a").ends_with("last good configuration (1 fatal problem)\n"));
}
