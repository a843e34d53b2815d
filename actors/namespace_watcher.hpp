/// The NamespaceWatcher: reports which namespaces and ServiceAccounts enter and leave the scope.
#pragma once

#include <cstdint>
#include <functional>

#include <caf/fwd.hpp>

#include "protocol/kubernetes/admission_review.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/messages/scope.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/observability/reporter.hpp"

namespace acr {

struct namespace_watcher_deps {
  http_gateway api; ///< The Kubernetes session.
  scope_sink sink;  ///< The SecretWriter.
  logger log;
  std::uint64_t seed = 0; ///< For the jitter of its watches.
  reporter report{};      ///< What its watches report.
  /// Called with what the webhook has to know of namespaces and accounts besides their names; may
  /// be empty.
  std::function<void(kubernetes::admission_exceptions)> tell_exceptions{};
};

/// Flow: `select_scope` -> watches -> `scope_changed` ... and once `scope_synced`. Listed
/// namespaces are watched one by one, so that Roles suffice and the rest of the cluster costs
/// nothing; `all` is one watch over everything. A new selection replaces the watches that differ,
/// and reports what has left the scope.
/// Guarantees: what a new list no longer names is reported as gone; accounts out of scope are
/// reported only if they carry a reference that we once wrote.
/// Errors: none to the outside; a watch that fails is logged and retried.
namespace_watcher spawn_namespace_watcher(caf::actor_system& system, namespace_watcher_deps deps);

} // namespace acr
