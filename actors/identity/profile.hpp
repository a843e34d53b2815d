/// Identity: a profile in a credentials file of the vendor's tools.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "protocol/aliyun/profile.hpp"
#include "protocol/environment.hpp"
#include "protocol/messages/identity.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

struct profile_file {
  aliyun::profile_format format{};
  std::string path;
};

struct profile_deps {
  std::vector<profile_file> files; ///< Looked into in this order.
  std::string profile;             ///< Empty: the current one of the file.
  environment_reader environment;
  /// Starts what a profile describes: the source of its first credentials, and one more for each
  /// role that it assumes. The last is asked.
  std::function<std::vector<identity_source>(const aliyun::profile&)> make;
  logger log;
};

/// Flow: the files are read at each question (a renewal of a password, or of a session), and what
/// the profile says is asked for credentials. Guarantees: a change of the profile is used at the
/// next question, and sessions are kept as long as it says the same; of two files the first counts
/// that has the profile; a file that cannot be read any more, or a profile that has become bad,
/// leaves the one that was good in use, until the cloud refuses it.
/// Errors: `unavailable` (no file, or no such profile), `config_bad`, `file_failed`; those of the
/// source that the profile describes.
identity_source spawn_profile(caf::actor_system& system, profile_deps deps);

} // namespace acr
