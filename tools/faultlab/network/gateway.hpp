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
  std::string source = "helper"; ///< Names the program: partitions and judges tell it apart.
  wall_clock true_time;          ///< Of the servers; it never goes back.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds{5};
  logger log;
  date_watch dates{}; ///< As that of the real one.
};

/// Flow: as `spawn_http_gateway`; requests are executed by the sites of `net`, and everything takes
/// the time that the network says. It also lets the sites do what is due by itself (bookmarks,
/// controllers) while it lives.
/// Guarantees: those of the real one: every call is answered, also when the gateway dies; what
/// belongs to a caller or a receiver that died is withdrawn, and is executed all the same if it was
/// under way; parts of a stream keep their order. Same seed, same messages, same times.
/// Errors: those of the real one.
http_gateway spawn_simulated_gateway(caf::actor_system& system, simulated_gateway_deps deps);

} // namespace acr::faultlab
