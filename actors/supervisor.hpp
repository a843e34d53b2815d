/// The supervisor: starts all actors, restarts them after a crash, and hands over their state.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include "actors/child_specs.hpp"
#include "actors/refresh_policy.hpp"
#include "actors/token_deps.hpp"
#include "config/model.hpp"
#include "protocol/messages/admission.hpp"
#include "protocol/messages/cloud.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/messages/identity.hpp"
#include "protocol/messages/leader.hpp"
#include "protocol/messages/scope.hpp"
#include "protocol/messages/status.hpp"
#include "protocol/messages/supervisor.hpp"
#include "protocol/messages/writer.hpp"
#include "protocol/time.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/observability/reporter.hpp"

namespace acr {

/// How each child is made: the program passes the real factories, a test its fakes.
struct child_factories {
  std::function<http_gateway()> gateway;
  std::function<http_gateway(http_gateway gateway)> kubernetes;
  std::function<cloud_session(http_gateway gateway)> cloud;
  std::function<secret_writer(http_gateway api)> writer;
  std::function<namespace_watcher(http_gateway api, scope_sink sink)> namespaces;
  /// Turns facts that the others report into Events; may be missing.
  std::function<event_recorder(http_gateway api)> events;
  /// Keeps the webhook's answers current; may be missing.
  std::function<admission_keeper(http_gateway api)> admission;
  /// Any handle: it is only monitored.
  std::function<caf::actor(http_gateway api, config_sink sink)> config;
  /// Empty: there is only one replica, and it leads. An elector that follows a crashed one
  /// continues where that one stopped: this replica leads until `held_until`.
  std::function<leader_elector(http_gateway api, leadership_sink sink,
                               std::optional<std::chrono::milliseconds> held_until)>
      elector;
  /// Starts an origin of identities; `automatic` is the helper's own one.
  std::function<identity_source(const config::identity_origin& origin, http_gateway api,
                                cloud_session cloud)>
      origin;
  /// The roles of `chain` on top of `base`, or its RRSA role if there is no base. `user` is the
  /// name of the instance that it is for, or "shared".
  std::function<identity_source(const config::role_chain& chain, const std::string& user,
                                http_gateway api, cloud_session cloud, identity_source base)>
      role_chain;
  /// Everything but `seed` is filled in.
  std::function<token_actor(token_deps deps)> token;
};

struct supervisor_deps {
  child_factories make;
  refresh_policy policy; ///< `threshold` follows the configuration.
  wall_clock wall;
  logger log;
  reporter report{}; ///< `lead_changed`, `part_died`, `renewals_ended`.
  std::uint64_t seed = 0;
  child_specs specs;
  /// Called once, when it ends without a request to.
  std::function<void()> on_giving_up;
};

/// Flow: at the start gateway, sessions, SecretWriter, NamespaceWatcher, ConfigWatcher; with each
/// configuration one TokenActor per instance and one identity per distinct origin and role chain.
/// Tokens pass through it to the SecretWriter, so that it can hand the last good one to a
/// successor. Guarantees: an instance that did not change in a new configuration is not touched,
/// one whose domains changed keeps its credential, and a new threshold moves the schedule without a
/// call; a crashed instance or identity is restarted with its last credential and schedule, and no
/// other actor is; SecretWriter and NamespaceWatcher restart together; all restart with the gateway
/// or a session. Before a start, the predecessor is stopped. Losing the lead stops calls to the
/// cloud and drops the credentials, but neither caches nor watches. A configuration that changes
/// all the time is applied with a delay. An instance that crashes at each start costs one start per
/// half minute and few log lines. Errors: a core component that keeps crashing, a child that does
/// not stop when asked to, or a failure of its own ends all others and the program
/// (`on_giving_up`).
supervisor spawn_supervisor(caf::actor_system& system, supervisor_deps deps);

} // namespace acr
