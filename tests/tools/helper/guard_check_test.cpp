#define BOOST_TEST_MODULE guard_check
#include <boost/test/unit_test.hpp>

#include "protocol/json.hpp"
#include "protocol/kubernetes/admission.hpp"
#include "tools/helper/guard_check.hpp"

using namespace acr;
using namespace acr::helper;

namespace {

const kubernetes::object_ref account{"kube-system", "aliyun-acr-credential-helper"};
const std::string user =
    "request.userInfo.username == 'system:serviceaccount:kube-system:aliyun-acr-credential-helper'";

result<http_response> answered(int status, std::string body = "{}") {
  http_response out;
  out.status = status;
  out.body = secret_string{std::move(body)};
  return out;
}

std::string policy(const std::string& expression, const std::string& on_failure = "Fail") {
  return R"({"spec":{"failurePolicy":")" + on_failure +
         R"(","matchConditions":[{"name":"the-helper","expression":")" + expression + R"("}]}})";
}

std::string binding(const std::string& name, const std::string& more = "") {
  return R"({"spec":{"policyName":")" + name + R"(","validationActions":["Deny"])" + more + "}}";
}

std::vector<guard_answers> installed() {
  std::vector<guard_answers> all;
  for (const auto* name : kubernetes::guard_policy_names)
    all.push_back({name, answered(200, policy(user)), answered(200, binding(name))});
  return all;
}

/// The finding where the last policy and its binding are these.
finding with_last(result<http_response> one, result<http_response> other) {
  auto all = installed();
  all.back().policy = std::move(one);
  all.back().binding = std::move(other);
  return guard_finding(all, account);
}

void is_fault(const finding& one, const std::string& words) {
  BOOST_TEST((one.level == finding_level::fault));
  BOOST_TEST_CONTEXT(one.text) {
    BOOST_TEST(one.text.find("acr-credential-helper-tokens " + words) != std::string::npos);
    BOOST_TEST(one.text.find("acr-credential-helper-secrets") == std::string::npos);
  }
  BOOST_TEST(one.remedy.find("policy | kubectl apply") != std::string::npos);
}

} // namespace

BOOST_AUTO_TEST_CASE(installed_and_bound_is_good) {
  BOOST_TEST((guard_finding(installed(), account).level == finding_level::good));
}

BOOST_AUTO_TEST_CASE(none_is_a_note_that_says_what_it_means) {
  auto all = installed();
  for (auto& one : all)
    one.policy = one.binding = answered(404);
  const auto found = guard_finding(all, account);
  BOOST_TEST((found.level == finding_level::note));
  BOOST_TEST(found.text.find("cluster-admin") != std::string::npos);
  BOOST_TEST(!found.remedy.empty());
}

BOOST_AUTO_TEST_CASE(what_may_not_be_read_is_a_note) {
  const auto found = with_last(answered(403), answered(200, binding("x")));
  BOOST_TEST((found.level == finding_level::note));
  BOOST_TEST(found.text.find("cannot be seen: this account may not") != std::string::npos);
  const auto failed = with_last(malformed("late"), answered(404));
  BOOST_TEST((failed.level == finding_level::note));
}

BOOST_AUTO_TEST_CASE(what_is_not_in_force_is_a_fault) {
  const auto* const name = "acr-credential-helper-tokens";
  const auto good = answered(200, binding(name));
  is_fault(with_last(answered(404), good), "is missing");
  is_fault(with_last(answered(200, policy(user)), answered(404)), "has no binding");
  is_fault(with_last(answered(200, policy("request.userInfo.username == 'other'")), good),
           "is not about the account kube-system/aliyun-acr-credential-helper");
  is_fault(with_last(answered(200, policy(user, "Ignore")), good), "lets through");
  is_fault(with_last(answered(200, policy(user)), answered(200, binding("other"))),
           "has a binding of another");
  is_fault(with_last(answered(200, policy(user)),
                     answered(200, R"({"spec":{"policyName":"acr-credential-helper-tokens",)"
                                   R"("validationActions":["Audit"]}})")),
           "has a binding that denies nothing");
  is_fault(with_last(answered(200, policy(user)),
                     answered(200, binding(name, R"(,"matchResources":{"namespaceSelector":{}})"))),
           "has a binding that is narrowed down");
  is_fault(with_last(answered(200, "no JSON"), good), "cannot be read");
}

BOOST_AUTO_TEST_CASE(the_webhook_has_a_policy_of_its_own_where_the_helper_may_change_it) {
  const auto* const name = kubernetes::webhook_policy_name;
  const auto there = answered(200);
  const auto none = answered(404);
  const guard_answers absent{name, none, none};
  BOOST_TEST(needs_webhook_policy(absent, there, there));
  // A certificate of somebody else: the helper has no such permission.
  BOOST_TEST(!needs_webhook_policy(absent, there, none));
  BOOST_TEST(!needs_webhook_policy(absent, none, there));
  BOOST_TEST(!needs_webhook_policy(absent, answered(403), answered(403)));
  // What is there in part has to be whole.
  BOOST_TEST(needs_webhook_policy({name, there, none}, none, none));
  BOOST_TEST(needs_webhook_policy({name, none, there}, none, none));
  BOOST_TEST(needs_webhook_policy({name, answered(403), none}, none, none));

  auto all = installed();
  all.push_back({name, answered(200, policy(user)), answered(200, binding(name))});
  BOOST_TEST((guard_finding(all, account).level == finding_level::good));
  all.back() = absent;
  const auto found = guard_finding(all, account);
  BOOST_TEST((found.level == finding_level::fault));
  BOOST_TEST(found.text.starts_with("the policy acr-credential-helper-webhook is missing: "));
  // `policy` does not print this one.
  BOOST_TEST(found.remedy.find("deploy/manifest.yaml") != std::string::npos);
  BOOST_TEST(found.remedy.find("policy | kubectl apply") == std::string::npos);
}
