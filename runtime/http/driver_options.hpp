/// What the transfer thread knows from the start.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "runtime/http/gateway.hpp"

namespace acr {

struct http_driver_options {
  std::string user_agent;
  proxy_options proxy;
  std::string roots_pem; ///< Trusted roots; empty: the system's file.
  std::chrono::milliseconds connect_timeout{};
  std::size_t max_connections_per_host = 0;
};

/// Reads the system's roots if both they and extra ones are wanted.
http_driver_options driver_options(const http_gateway_deps& deps);

} // namespace acr
