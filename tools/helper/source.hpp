/// The source of a configuration for commands: a file, standard input, or a cluster.
#pragma once

#include <optional>
#include <string>

#include "config/model.hpp"
#include "protocol/failure.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "tools/helper/cluster.hpp"

namespace acr::helper {

/// Exactly one of `file` and `config_map` is set.
struct config_source {
  std::string file; ///< `-`: standard input.
  std::optional<kubernetes::object_ref> config_map;
  cluster_options cluster; ///< Cluster of the ConfigMap.

  /// Its name in problems: the file, "standard input", or "ConfigMap namespace/name".
  std::string name() const;
};

/// Reads it; a ConfigMap with one GET. Errors: `file_failed`, `not_found`, `denied`, and others of
/// access to the API server.
result<config::reading> read_configuration(const config_source& source);

} // namespace acr::helper
