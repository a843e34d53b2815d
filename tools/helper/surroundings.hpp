/// What a program finds around it before it starts its actors.
#pragma once

#include <optional>
#include <string>

#include "protocol/failure.hpp"
#include "tools/helper/tree.hpp"

namespace acr::helper {

/// Whether a program can do without a cluster.
enum class cluster_need { must_be, may_be };

/// The real machine: cluster, endpoints, environment, clocks, chance. `make_gateway`, `log` and
/// `report` are left to the caller; `extra_ca` is for the gateway. Errors: those of finding the
/// cluster and of reading files, and `config_bad` for a variable or an option that is malformed.
struct found_surroundings {
  surroundings around;
  std::string extra_ca;                ///< PEM.
  std::string ca_file;                 ///< Where it was read; empty: nowhere.
  std::optional<failure> no_cluster{}; ///< Why none was found, if there may be none.
};
result<found_surroundings> look_around(const run_options& options,
                                       cluster_need need = cluster_need::must_be);

/// A gateway with the roots of `found`.
http_gateway make_gateway(caf::actor_system& system, const found_surroundings& found,
                          const logger& log);

} // namespace acr::helper
