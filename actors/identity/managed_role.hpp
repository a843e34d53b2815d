/// Identity: the managed role of the cluster, whose token ACK's control plane writes to a file.
#pragma once

#include <string>

#include <caf/fwd.hpp>

#include "actors/refresh_policy.hpp"
#include "protocol/messages/identity.hpp"
#include "protocol/time.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

/// Where ACK mounts the token; ALIBABA_CLOUD_ACK_ADDON_TOKEN_PATH overrides it.
inline constexpr auto default_addon_token_file = "/var/addon/token-config";

struct managed_role_deps {
  std::string file = default_addon_token_file;
  wall_clock wall;
  clock_difference service_ahead{};
  logger log;
  /// Read the file when it changes, not only on request, so that the log reports at once what is
  /// wrong with it. False where no thread may be started.
  bool watch = true;
};

/// Flow: the file is read at each request (the kubelet rewrites it long before the token expires).
/// Guarantees: with a bad file (half written, an `error` object of the control plane) the last good
/// token stays in use while it is valid; each change for better or worse is logged once.
/// Errors: `unavailable` (there is no such file: no managed role here), those of
/// `aliyun::read_addon_token`, `file_failed`.
identity_source spawn_managed_role(caf::actor_system& system, managed_role_deps deps);

} // namespace acr
