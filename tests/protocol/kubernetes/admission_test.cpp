#define BOOST_TEST_MODULE admission
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "protocol/kubernetes/admission.hpp"

using namespace acr;

namespace {

const selection everything{true, {}};

std::string linking_policy(const selection& namespaces, const selection& accounts) {
  return kubernetes::linking_policy(namespaces, accounts, {"acr-credential-secret-aggregation"});
}

YAML::Node constraints_of(const std::string& text) {
  return YAML::LoadAll(text)[0]["spec"]["matchConstraints"];
}

} // namespace

BOOST_AUTO_TEST_CASE(a_policy_and_its_binding_have_one_name) {
  const auto documents = YAML::LoadAll(linking_policy(everything, everything));
  BOOST_REQUIRE(documents.size() == 2U);
  BOOST_TEST(documents[0]["kind"].as<std::string>() == "MutatingAdmissionPolicy");
  BOOST_TEST(documents[1]["kind"].as<std::string>() == "MutatingAdmissionPolicyBinding");
  BOOST_TEST(documents[1]["spec"]["policyName"].as<std::string>() ==
             documents[0]["metadata"]["name"].as<std::string>());
}

BOOST_AUTO_TEST_CASE(all_namespaces_and_accounts_need_no_names) {
  const auto constraints = constraints_of(linking_policy(everything, everything));
  BOOST_TEST(!constraints["namespaceSelector"]);
  BOOST_TEST(!constraints["resourceRules"][0]["resourceNames"]);
}

BOOST_AUTO_TEST_CASE(lists_are_matched_by_name) {
  const auto constraints =
      constraints_of(linking_policy({false, {"a", "team-1"}}, {false, {"default"}}));
  const auto match = constraints["namespaceSelector"]["matchExpressions"][0];
  BOOST_TEST(match["key"].as<std::string>() == "kubernetes.io/metadata.name");
  BOOST_TEST(
      (match["values"].as<std::vector<std::string>>() == std::vector<std::string>{"a", "team-1"}));
  BOOST_TEST((constraints["resourceRules"][0]["resourceNames"].as<std::vector<std::string>>() ==
              std::vector<std::string>{"default"}));
}

BOOST_AUTO_TEST_CASE(a_name_that_yaml_would_take_for_something_else_stays_a_name) {
  const auto text = linking_policy({false, {"1", "no"}}, everything);
  BOOST_TEST(text.find(R"(["1","no"])") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(values_are_plain_maps_because_others_make_the_server_fail) {
  BOOST_TEST(linking_policy(everything, everything).find("Object.imagePullSecrets{") ==
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(patterns_and_exclusions_are_conditions) {
  const auto conditions = [](const selection& namespaces, const selection& accounts) {
    std::map<std::string, std::string> found;
    for (const auto& one :
         YAML::LoadAll(linking_policy(namespaces, accounts))[0]["spec"]["matchConditions"])
      found[one["name"].as<std::string>()] = one["expression"].as<std::string>();
    return found;
  };
  auto found = conditions({true, {}, {}, {"kube-*"}}, {false, {"a.b"}, {"r*"}, {"rx"}});
  BOOST_TEST(found["namespace-in-scope"] == "!request.namespace.matches('^(kube-.*)$')");
  BOOST_TEST(found["account-in-scope"] ==
             "object.metadata.?name.orValue('').matches('^(a[.]b|r.*)$') && "
             "!object.metadata.?name.orValue('').matches('^(rx)$')");
  BOOST_TEST(conditions(everything, {false, {"default"}}).size() == 2U);
}

BOOST_AUTO_TEST_CASE(all_secrets_that_are_needed_are_linked) {
  const auto text = kubernetes::linking_policy(everything, everything, {"one", "two"});
  BOOST_TEST(text.find("%") == std::string::npos);
  BOOST_TEST(text.find(R"(["one","two"].filter(n, )") != std::string::npos);
  BOOST_TEST(text.find(R"(["one","two"].map(n, )") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_element_without_a_name_is_no_error) {
  BOOST_TEST(linking_policy(everything, everything).find("has(s.name) && s.name ==") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(guard_policies_are_about_one_account_and_bound) {
  const auto text = kubernetes::guard_policies({"registry", "acr"});
  BOOST_TEST(text.find('%') == std::string::npos);
  BOOST_TEST(text.find("kube-system") == std::string::npos);
  std::map<std::string, std::string> kinds;
  for (const auto& document : YAML::LoadAll(text)) {
    const auto name = document["metadata"]["name"].as<std::string>();
    const auto spec = document["spec"];
    if (document["kind"].as<std::string>() == "ValidatingAdmissionPolicy") {
      BOOST_TEST(spec["failurePolicy"].as<std::string>() == "Fail");
      BOOST_TEST(spec["matchConditions"][0]["expression"].as<std::string>() ==
                 "request.userInfo.username == 'system:serviceaccount:registry:acr'");
      kinds[name] += "policy ";
    } else {
      BOOST_TEST(spec["policyName"].as<std::string>() == name);
      BOOST_TEST(spec["validationActions"].as<std::vector<std::string>>().front() == "Deny");
      kinds[name] += "binding";
    }
  }
  BOOST_TEST(kinds.size() == kubernetes::guard_policy_names.size());
  for (const auto* name : kubernetes::guard_policy_names)
    BOOST_TEST(kinds[name] == "policy binding");
}
