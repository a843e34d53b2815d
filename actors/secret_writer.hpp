/// The SecretWriter: makes every namespace in scope hold what it should, with two writes each.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <caf/fwd.hpp>

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
  /// Namespaces worked on at once: where a real server is fastest (16-32 on one connection).
  std::size_t most_in_flight = 24;
  bool elected = false; ///< It writes only while `leadership` says so.
  reporter report{};    ///< `writing_progress`, `writes_failing`, `foreign_secret`, ...
};

/// Flow: for each namespace that something has changed for: link the ServiceAccounts, then write
/// the Secrets; out of scope: un-link, then delete. It watches its own Secrets by name, and
/// restores one that someone changed or deleted; in all namespaces at once, or, if that is refused
/// and the scope is a list of names, in each of them.
/// Guarantees: nothing is written before the existing Secrets are known; one request at a time in a
/// namespace; foreign entries and foreign Secrets are never touched (a foreign Secret of our name
/// is reported); entries of instances that have not answered yet stay until their expiry; a failure
/// in one namespace delays no other.
/// While another replica leads it watches and keeps account, and begins no write.
/// Errors: none to the outside; failures are tried again with backoff (at most 30 s) and logged by
/// cause, with the number of namespaces and some of them, until the next success. A Terminating
/// namespace is no failure. 429 stops all writes for as long as the server asks.
secret_writer spawn_secret_writer(caf::actor_system& system, secret_writer_deps deps);

} // namespace acr
