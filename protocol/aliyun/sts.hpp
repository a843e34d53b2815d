/// The Security Token Service, version 2015-04-01: sessions of roles.
#pragma once

#include <chrono>
#include <string>

#include "protocol/aliyun/credentials.hpp"
#include "protocol/aliyun/operation.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret_string.hpp"
#include "protocol/time.hpp"

namespace acr::aliyun {

/// A role to assume for `duration`, under a name that the role's owner sees in audit logs.
struct role_request {
  std::string role_arn;
  std::string session_name;            ///< As `aliyun::session_name` returns it.
  std::chrono::seconds duration{3600}; ///< 900 to the role's MaxSessionDuration.
  std::string external_id{};           ///< Empty: none. Only for AssumeRole; 2 to 1224 characters.
  std::string policy{};                ///< Restricts the session; empty: no restriction.
};

/// AssumeRole, which has to be signed.
operation assume_role(const role_request& role);

/// AssumeRoleWithOIDC, sent unsigned: the token authenticates the caller. It is sent in the form
/// body, since queries end up in the logs of proxies.
operation assume_role_with_oidc(const role_request& role, const std::string& provider_arn,
                                const secret_string& token);

/// The session in the answer of either. Errors: `malformed_answer`, naming the field, never its
/// content; also for a session that has expired at `now`.
result<credentials> read_session(const secret_string& body, wall_time now);

} // namespace acr::aliyun
