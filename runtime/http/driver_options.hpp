/// The initial settings of the transfer thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "runtime/http/gateway.hpp"
#include "runtime/http/memory_file.hpp"

namespace acr {

struct http_driver_options {
  std::string user_agent;
  proxy_rules proxy;
  /// Trusted roots; none: the system's. A file, since curl caches a parsed file, but parses a text
  /// for each connection: 140 roots are 2 MB and 10 ms of CPU.
  std::shared_ptr<const memory_file> roots;
  /// Returns the roots if they have changed, else null. No function: they never change.
  std::function<std::shared_ptr<const memory_file>()> changed_roots;
  std::chrono::milliseconds connect_timeout{};
  budget_limits budgets;
};

/// Raises the limit of open files as far as the process may, and fits the budgets into it. Reads
/// the proxies of the environment, and the system's roots if both they and extra ones are wanted.
http_driver_options driver_options(const http_gateway_deps& deps);

} // namespace acr
