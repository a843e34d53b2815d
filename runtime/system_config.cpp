#include "runtime/system_config.hpp"

#include <caf/atom.hpp>
#include <caf/config.hpp>

// The message vocabulary (replies_to, inspect), the default handlers and the names of the options
// all changed with 0.18: a newer CAF compiles half of this and behaves differently in the rest.
static_assert(CAF_VERSION == 1706, "written for CAF 0.17.6");

namespace acr {

system_config::system_config(std::size_t threads) {
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", threads);
}

deterministic_system_config::deterministic_system_config() {
  set("scheduler.policy", caf::atom("testing"));
}

} // namespace acr
