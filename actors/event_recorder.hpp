/// The EventRecorder: writes Kubernetes Events for operators.
#pragma once

#include <string>

#include <caf/fwd.hpp>

#include "actors/events/event_aggregator.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/messages/status.hpp"
#include "protocol/time.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/observability/reporter.hpp"

namespace acr {

struct event_recorder_deps {
  http_gateway api; ///< The Kubernetes session.
  wall_clock wall;
  logger log;
  reporter report;
  std::string instance; ///< The reporting instance: the Pod's or host's name.
  event_limits limits;
};

/// Flow: a fact that an operator should know becomes an Event on the ConfigMap or on a
/// ServiceAccount.
/// Guarantees: one request at a time; repeats are counted on the existing Event or dropped, and
/// there is a budget (`event_limits`).
/// Errors: none to the outside; an Event that cannot be written after some attempts is dropped.
event_recorder spawn_event_recorder(caf::actor_system& system, event_recorder_deps deps);

} // namespace acr
