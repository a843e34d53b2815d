/// The admission policy with which ServiceAccounts in scope are born linked.
#pragma once

#include <string>

#include "protocol/selection.hpp"

namespace acr::kubernetes {

/// A MutatingAdmissionPolicy (Kubernetes 1.36 and newer) and its binding, as YAML for
/// `kubectl apply`: adds our Secret to the `imagePullSecrets` of accounts in scope while they are
/// created. Nothing is replaced, and where it fails the account is created all the same.
std::string linking_policy(const selection& namespaces, const selection& accounts);

} // namespace acr::kubernetes
