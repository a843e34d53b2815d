/// The SecretWriter: syncs every namespace in scope with two writes each.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include <caf/fwd.hpp>

#include "actors/writer/on_expiry.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/messages/writer.hpp"
#include "protocol/time.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/observability/reporter.hpp"

namespace acr {

struct secret_writer_deps {
  http_gateway api; ///< The Kubernetes session.
  wall_clock wall;
  logger log;
  std::uint64_t seed = 0; ///< For the jitter of its backoff.
  /// Namespaces written in parallel: where a real server is fastest (16-32 on one connection).
  std::size_t most_in_flight = 24;
  bool elected = false;               ///< It writes only while `leadership` says so.
  on_expiry ended = on_expiry::blank; ///< A credential without a successor.
  reporter report{}; ///< `writing_progress`, `writes_failing`, `foreign_secret`, ...
  /// Called with all Secrets (namespace, name) of our names that are not ours, once they are known
  /// and whenever they change, whether it leads or not; may be empty.
  std::function<void(std::set<std::pair<std::string, std::string>>)> tell_foreign{};
};

/// Flow: watches and messages fill the observed and the desired state; for each object that changed
/// the reconciler returns the next action and its reason, and the workqueue the time: link the
/// ServiceAccounts and write the Secrets; out of scope: unlink and delete. It watches its own
/// Secrets by name, and restores one that was changed or deleted; in all namespaces at once, or, if
/// that is refused and the scope is a list of names, in each of them. Guarantees: nothing is
/// written before the existing Secrets are known; one request at a time per object, and no object
/// waits for another's; foreign entries and foreign Secrets are never touched (a foreign Secret of
/// our name is reported); entries of instances that have not answered yet stay until their expiry;
/// an object that fails permanently delays no other; a change that others revert is restored a few
/// times a minute at most. While another replica leads it watches and starts no write. Errors: none
/// to the outside; failures are retried with backoff (at most 50 s, two minutes for contested
/// objects) and logged by cause until the next success. A Terminating namespace is no failure. 429
/// for objects of two namespaces pauses all writes for as long as the server asks.
secret_writer spawn_secret_writer(caf::actor_system& system, secret_writer_deps deps);

} // namespace acr
