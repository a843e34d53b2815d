/// Profiles in the credentials files of the vendor's tools: which identity each describes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/aliyun/credentials.hpp"
#include "protocol/environment.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret_string.hpp"

namespace acr::aliyun {

/// A role that a profile assumes.
struct profile_role {
  std::string arn;
  std::string session_name; ///< Empty: the helper's own.
  std::string external_id;  ///< Empty: none.
  std::string policy;       ///< Restricts the session; empty: no restriction.
  std::string sts_region;   ///< Region of STS; empty: as for every other role.
  std::chrono::seconds duration{3600};

  friend bool operator==(const profile_role&, const profile_role&) = default;
};

/// A profile, including those that it builds on.
struct profile {
  /// Where the first credentials come from.
  enum class source : std::uint8_t {
    access_key,  ///< `key`
    worker_role, ///< The metadata service: `worker_role`, or the one that is attached.
    oidc,        ///< `oidc_role`, assumed with the token in `oidc_token_file`.
  };
  source from = source::access_key;
  credentials key;
  std::string worker_role;
  profile_role oidc_role;
  std::string oidc_provider_arn;
  std::string oidc_token_file;
  std::vector<profile_role> roles; ///< Then assumed, each with the session of the one before.

  friend bool operator==(const profile&, const profile&) = default;
};

/// The format of a file of profiles.
enum class profile_format : std::uint8_t {
  tool, ///< `~/.aliyun/config.json`, of the command line tool: JSON.
  ini,  ///< `~/.alibabacloud/credentials`, of the SDKs: a section for each profile.
};

/// Limits of a file's size and of how deep profiles build on each other.
inline constexpr std::size_t max_profile_file = std::size_t{1} << 20;
inline constexpr std::size_t max_profile_depth = 8;

/// The profile of that name; an empty one means the one that the file marks as current (tool), else
/// `default`. Roles, providers and token files that a profile leaves out come from the environment
/// (ALIBABA_CLOUD_ROLE_ARN and so on), as in the SDKs.
/// Errors: `unavailable` (no such profile, it is disabled, or it is empty), `config_bad` (it cannot
/// be used; names the key and the profile, never a key's value).
result<profile> read_profile(profile_format format, const secret_string& text,
                             const std::string& name, const environment_reader& environment);

} // namespace acr::aliyun
