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
  std::vector<profile_file> files; ///< Searched in this order.
  std::string profile;             ///< Empty: the current profile of the file.
  environment_reader environment;
  /// Starts the sources that a profile describes: that of its first credentials, and one more for
  /// each role that it assumes. Requests go to the last.
  std::function<std::vector<identity_source>(const aliyun::profile&)> make;
  logger log;
};

/// Flow: the files are read at each request (a renewal of a credential, or of a session), and the
/// sources of the profile are asked for credentials. Guarantees: a change of the profile takes
/// effect at the next request, and sessions are kept while it is unchanged; of two files the first
/// that has the profile counts; if a file becomes unreadable or a profile invalid, the last good
/// one stays in use until the cloud refuses it.
/// Errors: `unavailable` (no file, or no such profile), `config_bad`, `file_failed`; those of the
/// source that the profile describes.
identity_source spawn_profile(caf::actor_system& system, profile_deps deps);

} // namespace acr
