/// Identity: the RAM role of the machine, from its metadata service.
#pragma once

#include <cstdint>
#include <string>

#include <caf/fwd.hpp>

#include "actors/refresh_policy.hpp"
#include "protocol/messages/cloud.hpp"
#include "protocol/messages/identity.hpp"
#include "protocol/time.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

struct worker_role_deps {
  std::string role; ///< Empty: the attached one (ALIBABA_CLOUD_ECS_METADATA).
  cloud_session cloud;
  wall_clock wall;
  clock_difference service_ahead{};
  logger log;
  std::uint64_t seed = 0;
};

/// Flow: name of the role -> its credentials -> cached, and read again when a caller needs a longer
/// validity, and at the first request after ten minutes: the service is one hop away, and another
/// role may have been attached. Guarantees: one read at a time, whose outcome all callers share
/// meanwhile; valid credentials are still returned while the service cannot be reached, or refuses
/// the helper; every caller is answered, also when the actor dies.
/// Errors: `unavailable` (no role is attached, or the service is disabled; not on ECS, as long as
/// no credentials have been read: later it is `connect_failed`), those of
/// `aliyun::metadata_exchange` and `aliyun::read_role_credentials`.
identity_source spawn_worker_role(caf::actor_system& system, worker_role_deps deps);

} // namespace acr
