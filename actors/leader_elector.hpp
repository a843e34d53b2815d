/// The elector: of several replicas, one is active and the others are on hot standby.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <caf/fwd.hpp>

#include "actors/election.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/messages/leader.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

struct leader_elector_deps {
  http_gateway api; ///< The Kubernetes session.
  leadership_sink sink;
  kubernetes::object_ref lease;
  /// Of one process at a time: a Lease that it holds at the start is taken over at once.
  std::string identity;
  /// An earlier elector of this process led until then: this one continues.
  std::optional<std::chrono::milliseconds> held_until;
  election_timing timing;
  wall_clock wall;
  logger log;
  std::uint64_t seed = 0;
};

/// Flow: watches the one Lease; takes it when there is none, when it has no holder, or when its
/// holder has not renewed it for its duration; renews it while it leads; reads it after a conflict.
/// `leadership` is sent with each renewal and when it is lost. `resign` releases it, so that
/// another replica follows at once.
/// Guarantees: a lead that it announces ends before another replica's can begin, whatever the
/// machines' clocks say, and even if this process was stopped in between: each message says until
/// when it holds.
/// Errors: none to the outside; failed reads and writes of the Lease are logged and retried.
leader_elector spawn_leader_elector(caf::actor_system& system, leader_elector_deps deps);

} // namespace acr
