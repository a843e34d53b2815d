/// `acr-credential-helper policy`: prints the admission policies for the helper.
#pragma once

#include <optional>

#include "protocol/kubernetes/objects.hpp"
#include "runtime/shutdown.hpp"
#include "tools/helper/source.hpp"

namespace acr::helper {

/// Options of `policy`.
struct policy_options {
  /// None: no policy that links accounts, which depends on the scope.
  std::optional<config_source> configuration;
  kubernetes::object_ref account{"kube-system", "aliyun-acr-credential-helper"};
  bool beta = false; ///< In the API of Kubernetes 1.34 and 1.35, where such policies are a beta.
};

/// Prints the policies that guard the helper's account and, for the scope of a configuration, the
/// one that links ServiceAccounts; problems of the configuration go to stderr.
exit_code print_policies(const policy_options& options);

} // namespace acr::helper
