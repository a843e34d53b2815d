/// Identity: the RAM role of the machine, as its metadata service hands it out.
#pragma once

#include <cstdint>
#include <string>

#include <caf/fwd.hpp>

#include "protocol/messages/cloud.hpp"
#include "protocol/messages/identity.hpp"
#include "protocol/time.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

struct worker_role_deps {
  std::string role; ///< Empty: the one that is attached (ALIBABA_CLOUD_ECS_METADATA).
  cloud_session cloud;
  wall_clock wall;
  logger log;
  std::uint64_t seed = 0;
};

/// Flow: name of the role -> its credentials -> kept, and read again when someone wants a longer
/// life, and after ten minutes at the next question: the service is one hop away, and another role
/// may have been attached. Guarantees: one reading at a time, whose outcome all who ask meanwhile
/// share; credentials that still live are given on while the service fails for a moment; everyone
/// is answered, also when the actor dies.
/// Errors: `unavailable` (not on ECS, the service is switched off, no role is attached), those of
/// `aliyun::metadata_exchange` and `aliyun::read_role_credentials`.
identity_source spawn_worker_role(caf::actor_system& system, worker_role_deps deps);

} // namespace acr
