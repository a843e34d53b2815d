/// The HTTP gateway of one simulated program: the real one's protocol over a simulated network, in
/// virtual time.
#pragma once

#include <memory>
#include <string>

#include <caf/fwd.hpp>

#include "protocol/messages/http.hpp"
#include "protocol/time.hpp"
#include "runtime/http/gateway.hpp"
#include "runtime/observability/log.hpp"
#include "tools/faultlab/network/network.hpp"

namespace acr::faultlab {

struct simulated_gateway_deps {
  std::shared_ptr<network> net;
  std::string source = "helper"; ///< The program's name, for partitions and checkers.
  wall_clock true_time;          ///< Of the servers; it never goes back.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds{5};
  logger log;
  date_watch dates{}; ///< As for the real one.
};

/// Flow: as `spawn_http_gateway`; requests are executed by the sites of `net`, with the delays that
/// the network determines. It also runs the sites' own timers (bookmarks, controllers) during its
/// lifetime.
/// Guarantees: those of the real one: every call is answered, also when the gateway dies; requests
/// of a caller or a receiver that died are cancelled, but still executed if they were in flight;
/// parts of a stream keep their order. Same seed, same messages, same times.
/// Errors: those of the real one.
http_gateway spawn_simulated_gateway(caf::actor_system& system, simulated_gateway_deps deps);

} // namespace acr::faultlab
