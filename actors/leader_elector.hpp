/// The elector: of several replicas, one works and the others stand by with warm caches.
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
  /// Of one process at a time: a Lease that it holds at the start is taken up at once.
  std::string identity;
  /// An elector before this one, in the same process, led until then: this one goes on.
  std::optional<std::chrono::milliseconds> held_until;
  election_timing timing;
  wall_clock wall;
  logger log;
  std::uint64_t seed = 0;
};

/// Flow: watches the one Lease; takes it when there is none, when nobody holds it, or when its
/// holder has let it lie for its duration; renews it while it leads; reads it after a conflict.
/// `leadership` with each renewal and when it is lost. `resign` gives it back, so that another one
/// follows at once.
/// Guarantees: what it tells ends before another replica can begin, whatever the machines' clocks
/// say, and though this process was stopped in between: each says until when it holds.
/// Errors: none to the outside; a Lease that can be neither read nor written is logged, and tried
/// on.
leader_elector spawn_leader_elector(caf::actor_system& system, leader_elector_deps deps);

} // namespace acr
