#include "tools/helper/guard_check.hpp"

#include <algorithm>
#include <optional>

#include <boost/json/array.hpp>

#include "protocol/json.hpp"
#include "protocol/kubernetes/admission.hpp"
#include "protocol/kubernetes/decode.hpp"

namespace acr::helper {

namespace {

namespace json = boost::json;

constexpr const char* group = "/apis/admissionregistration.k8s.io/v1/";
constexpr const char* remedy =
    "install the chart with guardPolicies.enabled (Kubernetes 1.30 and newer), or: "
    "acr-credential-helper policy | kubectl apply -f -";
/// The command does not print the webhook's.
constexpr const char* remedy_of_webhook =
    "install the chart with guardPolicies.enabled (Kubernetes 1.30 and newer), or apply "
    "acr-credential-helper-webhook from deploy/manifest.yaml";

bool any_holds(const json::object* spec, std::string_view list, std::string_view member,
               std::string_view part) {
  const auto* found = spec ? spec->if_contains(list) : nullptr;
  const auto* items = found ? found->if_array() : nullptr;
  return items && std::any_of(items->begin(), items->end(), [&](const json::value& item) {
           const auto* text = member.empty() ? item.if_string() : nullptr;
           const auto value =
               text ? std::string{text->data(), text->size()} : string_at(item.if_object(), member);
           return member.empty() ? value == part : value.find(part) != std::string::npos;
         });
}

/// Describes what is wrong with an existing policy; empty: nothing.
std::string wrong_policy(const json::object& from, const kubernetes::object_ref& account) {
  const auto* spec = object_at(&from, "spec");
  const auto user = "'system:serviceaccount:" + account.ns + ":" + account.name + "'";
  if (!any_holds(spec, "matchConditions", "expression", user))
    return "is not about the account " + account.ns + "/" + account.name;
  if (string_at(spec, "failurePolicy") == "Ignore")
    return "lets through what it cannot judge (failurePolicy Ignore)";
  return {};
}

std::string wrong_binding(const json::object& from, const std::string& name) {
  const auto* spec = object_at(&from, "spec");
  if (string_at(spec, "policyName") != name)
    return "has a binding of another policy";
  if (!any_holds(spec, "validationActions", "", "Deny"))
    return "has a binding that denies nothing";
  if (spec->contains("matchResources"))
    return "has a binding that is narrowed down (matchResources)";
  return {};
}

bool absent(const result<http_response>& answer) { return answer && answer->status == 404; }
bool present(const result<http_response>& answer) { return answer && answer->status == 200; }

/// Describes what is wrong with one that exists in part. Errors: it cannot be read.
result<std::string> wrong(const guard_answers& one, const kubernetes::object_ref& account) {
  if (absent(one.policy))
    return std::string{"is missing"};
  if (absent(one.binding))
    return std::string{"has no binding"};
  const auto policy = parse_json_object(one.policy->body.reveal());
  if (!policy)
    return policy.error();
  const auto binding = parse_json_object(one.binding->body.reveal());
  if (!binding)
    return binding.error();
  const auto first = wrong_policy(*policy, account);
  return first.empty() ? wrong_binding(*binding, one.name) : first;
}

} // namespace

std::string guard_policy_path(const std::string& name) {
  return std::string{group} + "validatingadmissionpolicies/" + name;
}

std::string guard_binding_path(const std::string& name) {
  return std::string{group} + "validatingadmissionpolicybindings/" + name;
}

bool needs_webhook_policy(const guard_answers& policy, const result<http_response>& webhook,
                          const result<http_response>& cluster_role) {
  return !absent(policy.policy) || !absent(policy.binding) ||
         (present(webhook) && present(cluster_role));
}

finding guard_finding(const std::vector<guard_answers>& all,
                      const kubernetes::object_ref& account) {
  for (const auto& one : all)
    for (const auto* answer : {&one.policy, &one.binding}) {
      if (*answer && ((*answer)->status == 200 || (*answer)->status == 404))
        continue;
      const auto reason =
          *answer ? kubernetes::failure_of("get " + one.name, **answer) : answer->error();
      return {
          finding_level::note,
          "whether policies keep the helper's account to what the helper does cannot be seen: " +
              (*answer && (*answer)->status == 403 ? "this account may not read them"
                                                   : to_string(reason)),
          "call doctor with a kubeconfig that may read ValidatingAdmissionPolicies"};
    }
  if (std::all_of(all.begin(), all.end(),
                  [](const auto& one) { return absent(one.policy) && absent(one.binding); }))
    return {finding_level::note,
            "no policy keeps the helper's account to what the helper does: a stolen token of it is "
            "cluster-admin",
            remedy};
  std::string faults;
  bool webhook_only = true;
  for (const auto& one : all) {
    const auto what = wrong(one, account);
    const auto text = what ? *what : "cannot be read: " + to_string(what.error());
    if (text.empty())
      continue;
    faults += (faults.empty() ? "the policy " : "; ") + one.name + " " + text;
    webhook_only = webhook_only && one.name == kubernetes::webhook_policy_name;
  }
  if (faults.empty())
    return {finding_level::good, "policies keep the helper's account to what the helper does", ""};
  return {finding_level::fault, faults + ": a stolen token of the helper may do what it forbids",
          webhook_only ? remedy_of_webhook : remedy};
}

} // namespace acr::helper
