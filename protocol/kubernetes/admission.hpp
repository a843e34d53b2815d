/// Admission policies: one links ServiceAccounts as they are created, others limit the damage of a
/// stolen token of the helper.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "protocol/kubernetes/objects.hpp"
#include "protocol/label_selector.hpp"
#include "protocol/selection.hpp"

namespace acr::kubernetes {

/// A MutatingAdmissionPolicy (Kubernetes 1.36 and newer) and its binding, as YAML for `kubectl
/// apply`: adds the Secrets in `references`, at least one, to the `imagePullSecrets` of accounts in
/// scope when they are created, unless their owner or that of the namespace opted out. Nothing is
/// replaced, and if it fails the account is created all the same.
std::string linking_policy(const selection& namespaces, const selection& accounts,
                           const std::vector<std::string>& references,
                           const label_selector& labels = {});

/// The same for Kubernetes 1.34 and 1.35, in which MutatingAdmissionPolicies are a beta that is off
/// unless the server is started with it. Nothing but the version of the API differs.
std::string in_beta_api(std::string linking_policy);

/// ValidatingAdmissionPolicies (Kubernetes 1.30 and newer) and their bindings, as YAML: they
/// restrict the helper's account to what the helper writes. The text is the chart's.
std::string guard_policies(const object_ref& account);

/// Their names, and those of their bindings.
inline constexpr std::array<const char*, 3> guard_policy_names{
    "acr-credential-helper-secrets", "acr-credential-helper-serviceaccounts",
    "acr-credential-helper-tokens"};

/// One more, and its binding: of the webhook's object the account changes `caBundle` only. The
/// chart installs it where the helper makes the webhook's certificates.
inline constexpr const char* webhook_policy_name = "acr-credential-helper-webhook";

} // namespace acr::kubernetes
