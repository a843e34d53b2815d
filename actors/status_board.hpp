/// The StatusBoard: keeps the state, and answers queries about it.
#pragma once

#include <caf/fwd.hpp>

#include "protocol/messages/status.hpp"
#include "protocol/time.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

struct status_board_deps {
  wall_clock wall;
  logger log;
};

/// Flow: collects facts, forwards them to its followers, and answers with a snapshot.
/// Guarantees: it depends on no other actor, so it outlives them all; the program stops it last.
status_board spawn_status_board(caf::actor_system& system, status_board_deps deps);

} // namespace acr
