/// A watcher: keeps its owner informed of all objects of one kind, across all failures.
#pragma once

#include <cstdint>

#include <caf/fwd.hpp>

#include "protocol/kubernetes/requests.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/messages/watch.hpp"
#include "runtime/kubernetes/watch_machine.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/observability/reporter.hpp"

namespace acr {

/// Private tick: an old generation is a timer that was replaced, and is ignored.
struct watch_due {
  std::uint64_t generation;
};

/// One watcher. To stop it, send it an exit message (`kill` or `user_shutdown`).
using watcher = stream_sink::extend<
    // Private.
    caf::reacts_to<watch_due>>;

struct watcher_deps {
  http_gateway api; ///< The Kubernetes session.
  watch_sink owner; ///< The receiver; the watcher ends when it dies.
  watch_id id{};    ///< How the owner names this watch.
  kubernetes::watch_spec what;
  std::uint64_t seed = 0;          ///< For the jitter of its backoff.
  kubernetes::watch_tuning tuning; ///< Times and sizes; the defaults are right for production.
  logger log{};                    ///< Unexpected messages only: the owner logs the rest.
  reporter report{};               ///< `api_answered` of its streams, `watch_restarted`.
};

/// Flow: lists, then watches, without end; sends the owner `watch_batch`es (one for each read with
/// events, and at most `tuning.batch` events in each), `watch_troubled` once per outage and
/// `watch_recovered` after it.
/// Guarantees: events in the server's order; nothing is missed: changes during an outage are
/// reported after it, by resuming or by a new list (`init` ... `init_done`). A list that breaks off
/// is restarted with another `init`, without an `init_done` for the first.
/// Caveats: after `init` the owner may receive the same state again.
watcher spawn_watcher(caf::actor_system& system, watcher_deps deps);

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::watch_due)
