/// Credentials that sign requests to Alibaba Cloud.
#pragma once

#include <optional>
#include <string>

#include "protocol/secret_string.hpp"
#include "protocol/time.hpp"

namespace acr::aliyun {

/// An AccessKey pair, or an STS session (then with a security token and an expiry).
struct credentials {
  std::string access_key_id; ///< Not a secret: appears in logs and requests.
  secret_string access_key_secret;
  secret_string security_token;        ///< Empty for a long-lived key.
  std::optional<wall_time> expires_at; ///< Nothing for a long-lived key.
  /// The role of the session: its ARN, or its name if no more is known. Empty: unknown.
  std::string role{};

  friend bool operator==(const credentials&, const credentials&) = default;
};

} // namespace acr::aliyun
