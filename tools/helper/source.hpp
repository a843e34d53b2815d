/// Where `check` and `convert` find a configuration: a file, standard input, or a cluster.
#pragma once

#include <optional>
#include <string>

#include "config/model.hpp"
#include "protocol/failure.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "tools/helper/cluster.hpp"

namespace acr::helper {

/// One of both.
struct config_source {
  std::string file; ///< `-`: standard input.
  std::optional<kubernetes::object_ref> config_map;
  cluster_options cluster; ///< Of the ConfigMap.

  /// As problems name it: the file, "standard input", or "ConfigMap namespace/name".
  std::string name() const;
};

/// Reads it; for a ConfigMap with one GET. Errors: `file_failed`, `not_found`, `denied`, and others
/// of the way to the API server.
result<config::reading> read_configuration(const config_source& source);

} // namespace acr::helper
