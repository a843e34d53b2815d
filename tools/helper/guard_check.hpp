/// Checks for `doctor` whether the policies that guard the helper's account are installed. Pure.
#pragma once

#include <string>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "tools/helper/findings.hpp"

namespace acr::helper {

/// The API server's answers for one policy and its binding.
struct guard_answers {
  std::string name; ///< Of both.
  result<http_response> policy;
  result<http_response> binding;
};

/// Paths of the policy and of the binding of that name.
std::string guard_policy_path(const std::string& name);
std::string guard_binding_path(const std::string& name);

/// Whether the policy about the webhook is to be there: a part of it is, or the webhook and the
/// permission to change it are.
bool needs_webhook_policy(const guard_answers& policy, const result<http_response>& webhook,
                          const result<http_response>& cluster_role);

/// A note if there are none, or reading them is forbidden; a fault if some are missing, or are not
/// in force for the account.
finding guard_finding(const std::vector<guard_answers>& all, const kubernetes::object_ref& account);

} // namespace acr::helper
