/// A refusal of the cloud: thrown where it is found, caught in one place (cloud.cpp).
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace acr::cloudsim {

/// The error body of a gateway, see the error tables of the API documentation.
class refusal : public std::runtime_error {
public:
  refusal(int status, std::string code, const std::string& message)
      : std::runtime_error{message}, status_{status}, code_{std::move(code)} {}

  int status() const noexcept { return status_; }
  const std::string& code() const noexcept { return code_; }

  /// Set for a missing permission: who lacks it, and which kind of policy denies it.
  std::string denied_action;
  std::string policy_type;        ///< AccountLevelIdentityBasedPolicy, AssumeRolePolicy
  std::string no_permission_type; ///< ImplicitDeny, ExplicitDeny
  std::string denied_caller;      ///< The ARN of the denied principal.

  /// The failure form of ACR: the body of an answer with `IsSuccess:false`.
  bool in_body = false;

  refusal told_in_body(bool wanted) && {
    in_body = wanted;
    return std::move(*this);
  }

private:
  int status_;
  std::string code_;
};

} // namespace acr::cloudsim
