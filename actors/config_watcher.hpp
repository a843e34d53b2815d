/// The ConfigWatcher: reads the current configuration from a ConfigMap or a file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <caf/fwd.hpp>

#include "protocol/failure.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/messages/config.hpp"
#include "protocol/messages/http.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/observability/reporter.hpp"

namespace acr {

namespace config {
struct configuration;
} // namespace config

struct config_watcher_deps {
  http_gateway api; ///< The Kubernetes session; not used for a file.
  std::string file; ///< Empty: the ConfigMap.
  kubernetes::object_ref config_map;
  config_sink sink;
  logger log;
  std::uint64_t seed = 0; ///< For the jitter of its watch.
  /// The configuration in force, handed from one ConfigWatcher of this process to the next: it
  /// stays in force if a bad one follows. Null: this is the only one.
  std::shared_ptr<std::shared_ptr<const config::configuration>> in_force{};
  reporter report{}; ///< `configuration_read`, also when it changes nothing.
};

/// Flow: the content of the ConfigMap or file is read; if it is valid and differs from what was
/// sent last, `config_changed` is sent. An annotation that changes during the watch becomes a
/// `renewal_wanted`.
/// Guarantees: a bad configuration replaces nothing; each content is reported once, one line per
/// problem, with line and column; if the source disappears, the last good one stays.
/// Errors: none to the outside; all are logged: `config_rejected`, `config_problem`,
/// `config_missing`, `watch_failed`.
config_watcher spawn_config_watcher(caf::actor_system& system, config_watcher_deps deps);

} // namespace acr
