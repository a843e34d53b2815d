#define BOOST_TEST_MODULE cloudsim_world
#include <boost/test/unit_test.hpp>

#include "tools/cloudsim/policy.hpp"
#include "tools/cloudsim/world.hpp"

using namespace acr;
using namespace acr::cloudsim;

namespace {

std::string complaint(const std::string& text) {
  const auto read = parse_world(text, "w.yaml", "");
  return read ? "" : read.error().message;
}

/// What is said about one account with these lines.
std::string about_account(const std::string& lines) {
  return complaint("accounts:\n  - id: \"1\"\n" + lines);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

policy rules(const std::string& json) { return *parse_policy_json(json); }

} // namespace

BOOST_AUTO_TEST_CASE(the_example_is_a_world) {
  const auto read = load_world(ACR_TEST_DATA "/../../tools/cloudsim/example-world.yaml");
  BOOST_TEST((read ? "" : read.error().message) == "");
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->accounts.size() == 2U);
  BOOST_TEST(read->find_role("acs:ram::1000000000000002:role/acr-puller") != nullptr);
  BOOST_TEST(read->find_key("LTAIsimPuller00000001").owner->name == "acr-puller");
  BOOST_TEST(
      (read->regions() == std::vector<std::string>{"cn-beijing", "cn-hangzhou", "cn-shanghai"}));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_reported) {
  const auto read = load_world("/nowhere/w.yaml");
  BOOST_REQUIRE(!read);
  BOOST_TEST((read.error().code == errc::file_failed));
}

BOOST_AUTO_TEST_CASE(complaints_name_line_column_and_place) {
  BOOST_TEST(complaint("accounts:\n  - id: 1\n    userz: []\n") ==
             "w.yaml:3:5: accounts[0]: unknown key \"userz\"; known are id, users, roles, "
             "oidc_providers, instances, personal");
  BOOST_TEST(complaint("accounts:\n  - users: []\n") == "w.yaml:2:5: accounts[0]: needs \"id\"");
  BOOST_TEST(complaint("accounts: [\n").starts_with("w.yaml:2:1: "));
  BOOST_TEST(complaint("- 1\n") == "w.yaml:1:1: a world is a mapping");
  BOOST_TEST(contains(complaint(""), "a world is a mapping"));
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_an_error) {
  BOOST_TEST(contains(complaint("accounts: []\n"), "at least one account"));
  BOOST_TEST(contains(complaint("accounts: [{id: x}]\n"), "digits"));
  BOOST_TEST(contains(complaint("accounts: [{id: 1}, {id: 1}]\n"), "occurs twice"));
  BOOST_TEST(contains(about_account("    roles: [{name: r, max_session_duration: 900}]\n"),
                      "from 3600 to 43200"));
  BOOST_TEST(
      contains(about_account("    roles: [{name: r, max_session_duration: 1h}]\n"), "not \"1h\""));
  BOOST_TEST(contains(about_account("    users: [{name: u, keys: [{id: STS.x, secret: s}]}]\n"),
                      "does not begin with STS."));
  BOOST_TEST(contains(about_account("    users: [{name: u, keys: [{id: a, secret: s}, {id: a, "
                                    "secret: s}]}]\n"),
                      "occurs twice"));
  BOOST_TEST(contains(about_account("    roles: [{name: r}, {name: r}]\n"),
                      "accounts[0].roles[1]: the name r occurs twice"));
  BOOST_TEST(contains(about_account("    instances: [{id: x, region: r}]\n"), "cri-"));
  BOOST_TEST(contains(about_account("    instances: [{id: cri-1, region: r, endpoints: [{type: "
                                    "moon}]}]\n"),
                      "must be one of internet, vpc, intranet, not \"moon\""));
  BOOST_TEST(contains(about_account("    oidc_providers: [{name: p, issuer: i, client_ids: c, "
                                    "ca_file: /nowhere/ca}]\n"),
                      "cannot read the file /nowhere/ca"));
  BOOST_TEST(contains(about_account("metadata: {region: r, role: none}\n"), "there is no role"));
  BOOST_TEST(contains(about_account("metadata: {region: r, mode: soft}\n"), "not \"soft\""));
  BOOST_TEST(contains(about_account("lifetimes: {scale: nan}\n"), "must be a number"));
  BOOST_TEST(contains(about_account("lifetimes: {scale: 0}\n"), "must be a number"));
  BOOST_TEST(
      contains(about_account("behaviour: {flat_password_hour: maybe}\n"), "must be true or false"));
}

BOOST_AUTO_TEST_CASE(policies_of_the_world_are_checked) {
  const auto with = [](const std::string& statement) {
    return about_account("    roles: [{name: r, trust_policy: {Statement: [" + statement +
                         "]}}]\n");
  };
  BOOST_TEST(with("{Effect: Allow, Action: a, Principal: {RAM: 'acs:ram::1:root'}}").empty());
  BOOST_TEST(contains(with("{Effect: Allow, Action: a}"), "needs \"Principal\""));
  BOOST_TEST(contains(with("{Effect: May, Action: a, Principal: {}}"), "Allow, Deny"));
  BOOST_TEST(contains(with("{Effect: Allow, Action: a, Principal: {RAM: root}}"), "ARN"));
  BOOST_TEST(
      contains(with("{Effect: Allow, Action: a, Principal: {}, Condition: {IpAddress: {a: b}}}"),
               "\"IpAddress\" is not known"));
  BOOST_TEST(contains(with("{Effect: Allow, Action: a, Resource: b, Principal: {}}"),
                      "unknown key \"Resource\""));
}

BOOST_AUTO_TEST_CASE(without_endpoints_an_instance_has_the_two_usual_ones) {
  const auto read =
      parse_world("accounts: [{id: 1, instances: [{id: cri-x, name: n, region: r}]}]", "w", "");
  const auto& list = read->accounts[0].instances[0].endpoints;
  BOOST_REQUIRE(list.size() == 2U);
  BOOST_TEST(list[0].domains[0].name == "n-registry.r.cr.aliyuncs.com");
  BOOST_TEST(list[1].domains[0].name == "n-registry-vpc.r.cr.aliyuncs.com");
}

BOOST_AUTO_TEST_CASE(patterns_match_as_ram_has_them) {
  BOOST_TEST(matches("*", ""));
  BOOST_TEST(matches("cr:Get*", "cr:GetAuthorizationToken"));
  BOOST_TEST(!matches("cr:Get*", "cr:ListInstance"));
  BOOST_TEST(matches("a*b*c", "a-b-b-c"));
  BOOST_TEST(!matches("a*b*c", "a-b-b-"));
  BOOST_TEST(matches("a?c", "abc"));
  BOOST_TEST(!matches("a?c", "ac"));
  BOOST_TEST(matches("CR:get*", "cr:GetX", true));
  BOOST_TEST(!matches("CR:get*", "cr:GetX"));
  BOOST_TEST(!matches("", "a"));
}

BOOST_AUTO_TEST_CASE(a_deny_beats_every_allow) {
  const auto policy = rules(R"({"Statement":[
      {"Effect":"Allow","Action":["cr:*"],"Resource":["*"]},
      {"Effect":"Deny","Action":"cr:Push*","Resource":"acs:cr:*:*:repository/*"}]})");
  BOOST_TEST(
      (evaluate(policy, "cr:PullRepository", "acs:cr:r:1:repository/a") == verdict::allowed));
  BOOST_TEST((evaluate(policy, "cr:PushRepository", "acs:cr:r:1:repository/a") ==
              verdict::denied_explicitly));
  BOOST_TEST((evaluate(policy, "ecs:Run", "x") == verdict::denied_implicitly));
}

BOOST_AUTO_TEST_CASE(conditions_compare_every_value_that_the_request_has) {
  const auto policy_with = [](const std::string& test) {
    return rules(R"({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":)" +
                 test + "}]}");
  };
  const auto holds = [&](const std::string& test, const policy_context& about) {
    return evaluate(policy_with(test), "a", "r", about) == verdict::allowed;
  };
  BOOST_TEST(holds(R"({"StringEquals":{"k":["a","b"]}})", {{"k", "b"}}));
  BOOST_TEST(holds(R"({"StringEquals":{"K":"b"}})", {{"k", "a"}, {"k", "b"}}));
  BOOST_TEST(!holds(R"({"StringEquals":{"k":"a*"}})", {{"k", "ab"}}));
  BOOST_TEST(!holds(R"({"StringEquals":{"k":"a"}})", {}));
  BOOST_TEST(holds(R"({"StringLike":{"k":"a*"}})", {{"k", "ab"}}));
  BOOST_TEST(holds(R"({"StringEqualsIgnoreCase":{"k":"A"}})", {{"k", "a"}}));
  BOOST_TEST(holds(R"({"StringNotEquals":{"k":"a"}})", {{"k", "b"}}));
  BOOST_TEST(!holds(R"({"StringNotLike":{"k":"a*"}})", {{"k", "ab"}}));
  BOOST_TEST(!holds(R"({"StringEquals":{"k":"a","l":"b"}})", {{"k", "a"}}));
}

BOOST_AUTO_TEST_CASE(a_policy_of_a_call_must_be_json) {
  BOOST_TEST(!parse_policy_json("Statement: []").has_value());
  BOOST_TEST(!parse_policy_json("[]").has_value());
  BOOST_TEST(parse_policy_json(R"({"Version":"1","Statement":[]})").has_value());
}
