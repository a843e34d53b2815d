#include "protocol/kubernetes/admission.hpp"

#include <string_view>
#include <utility>

#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

namespace acr::kubernetes {

namespace {

/// A JSON list is valid YAML, whatever the names contain.
std::string list_of(const std::vector<std::string>& names) {
  return boost::json::serialize(boost::json::value_from(names));
}

void replace_all(std::string& text, std::string_view mark, const std::string& value) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
    text.replace(at, mark.size(), value);
}

constexpr const char* head = R"(apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata:
  name: acr-credential-helper
  labels:
    app.kubernetes.io/name: acr-credential-helper
    app.kubernetes.io/component: controller
    app.kubernetes.io/part-of: acr-credential-helper
spec:
  failurePolicy: Ignore
  reinvocationPolicy: IfNeeded
  matchConstraints:
)";

/// `text.matches('^(a|team-.*)$')`: in CEL, for selections that are not plain lists of names.
std::string one_of(const std::string& text, const std::vector<std::string>& patterns) {
  std::string alternatives;
  for (const auto& pattern : patterns)
    alternatives.append(alternatives.empty() ? "" : "|").append(as_expression(pattern));
  return text + ".matches('^(" + alternatives + ")$')";
}

/// Empty: all are selected.
std::string selected(const std::string& text, const selection& chosen) {
  std::string expression;
  const auto both = [&expression](const std::string& more) {
    expression.append(expression.empty() ? "" : " && ").append(more);
  };
  if (!chosen.all) {
    auto any = chosen.names;
    any.insert(any.end(), chosen.patterns.begin(), chosen.patterns.end());
    both(one_of(text, any));
  }
  if (!chosen.excluded.empty())
    both(std::string{"!"}.append(one_of(text, chosen.excluded)));
  std::string some;
  for (const auto& one : chosen.within)
    some.append(some.empty() ? "(" : " || ").append(selected(text, one));
  if (!some.empty())
    both(some.append(")"));
  return expression;
}

std::string condition(const char* name, const std::string& expression) {
  return expression.empty() ? ""
                            : std::string{"    - name: "} + name +
                                  "\n      expression: >-\n        " + expression + "\n";
}

std::string matching(const selection& namespaces, const label_selector& labels) {
  const bool named = !namespaces.open() && namespaces.within.empty();
  std::string terms;
  const auto term = [&terms](const std::string& key, const char* what,
                             const std::vector<std::string>& values) {
    terms += "        - key: " + key + "\n          operator: " + what + "\n";
    if (!values.empty())
      terms += "          values: " + list_of(values) + "\n";
  };
  if (named)
    term("kubernetes.io/metadata.name", "In", namespaces.names);
  for (const auto& one : labels.all)
    term(one.key, to_string(one.what), one.values);
  return terms.empty() ? "" : "    namespaceSelector:\n      matchExpressions:\n" + terms;
}

// Plain maps and lists as values: an "Object.imagePullSecrets{...}" inside a list makes the server
// reject every creation of an account. %SECRETS% is a list of names.
constexpr const char* tail = R"(    - name: not-ignored
      expression: >-
        object.metadata.?annotations[?'acr-credential-helper/ignore'].orValue('') != 'true'
    - name: not-linked-yet
      expression: >-
        !has(object.imagePullSecrets) ||
        !%SECRETS%.all(n, object.imagePullSecrets.exists(s, has(s.name) && s.name == n))
  mutations:
    - patchType: JSONPatch
      jsonPatch:
        expression: >-
          namespaceObject.metadata.?annotations[?'acr-credential-helper/ignore'].orValue('') == 'true'
          ? []
          : has(object.imagePullSecrets)
          ? %SECRETS%.filter(n, !object.imagePullSecrets.exists(s, has(s.name) && s.name == n))
          .map(n, JSONPatch{op: 'add', path: '/imagePullSecrets/-', value: {'name': n}})
          : [JSONPatch{op: 'add', path: '/imagePullSecrets', value: %SECRETS%.map(n, {'name': n})}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata:
  name: acr-credential-helper
  labels:
    app.kubernetes.io/name: acr-credential-helper
    app.kubernetes.io/component: controller
    app.kubernetes.io/part-of: acr-credential-helper
spec:
  policyName: acr-credential-helper
)";

// deploy/helm/acr-credential-helper/files/guard-policies.yaml
constexpr const char* guard =
#include <guard_policies.inc>
    ;

} // namespace

std::string in_beta_api(std::string linking_policy) {
  replace_all(linking_policy, "admissionregistration.k8s.io/v1\n",
              "admissionregistration.k8s.io/v1beta1\n");
  return linking_policy;
}

std::string linking_policy(const selection& namespaces, const selection& accounts,
                           const std::vector<std::string>& references,
                           const label_selector& labels) {
  std::string text = head;
  text += matching(namespaces, labels);
  text += "    resourceRules:\n"
          "      - apiGroups: [\"\"]\n"
          "        apiVersions: [v1]\n"
          "        operations: [CREATE]\n"
          "        resources: [serviceaccounts]\n";
  if (!accounts.open())
    text += "        resourceNames: " + list_of(accounts.names) + "\n";
  text += "  matchConditions:\n";
  if (namespaces.open() || !namespaces.within.empty())
    text += condition("namespace-in-scope", selected("request.namespace", namespaces));
  if (accounts.open())
    text += condition("account-in-scope", selected("object.metadata.?name.orValue('')", accounts));
  text += tail;
  replace_all(text, "%SECRETS%", list_of(references));
  return text;
}

std::string guard_policies(const object_ref& account) {
  std::string text = guard;
  for (const auto& [mark, value] :
       {std::pair<std::string_view, std::string_view>{"%NAMESPACE%", account.ns},
        {"%ACCOUNT%", account.name},
        {"%KEYS%", "[]"},
        {"%PULL_SECRETS%", "[]"}})
    replace_all(text, mark, std::string{value});
  return text;
}

} // namespace acr::kubernetes
