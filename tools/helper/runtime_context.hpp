/// The environment that a program finds before it starts its actors.
#pragma once

#include <optional>
#include <string>

#include "protocol/failure.hpp"
#include "tools/helper/tree.hpp"

namespace acr::helper {

/// Whether a program can run without a cluster.
enum class cluster_need { must_be, may_be };

/// The real machine: cluster, endpoints, environment, clocks, randomness. `make_gateway`, `log` and
/// `report` are set by the caller; `extra_ca` is for the gateway. Errors: those of finding the
/// cluster and of reading files, and `config_bad` for a malformed variable or option.
struct found_context {
  runtime_context around;
  std::string extra_ca;                ///< PEM.
  std::string ca_file;                 ///< The file it was read from; empty: none.
  std::optional<failure> no_cluster{}; ///< Why none was found, if there may be none.
};
result<found_context> look_around(const run_options& options,
                                  cluster_need need = cluster_need::must_be);

/// A gateway with the roots of `found`.
http_gateway make_gateway(caf::actor_system& system, const found_context& found, const logger& log);

} // namespace acr::helper
