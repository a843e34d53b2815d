/// Settings of the actor system: the only place that knows CAF's options.
#pragma once

#include <cstddef>

#include <caf/actor_system_config.hpp>

namespace acr {

/// For the program. `threads`: one handles thousands of messages a second, since no handler blocks,
/// and has no hand-over between threads: a fifth less CPU for a cold start than with two. Work
/// sharing, not stealing: idle thieves poll (0.17.6: 98 ms of CPU in 5 s against 4 ms). Reads
/// neither a file nor a command line: CAF's own would come from the working directory.
class system_config : public caf::actor_system_config {
public:
  explicit system_config(std::size_t threads = 1);
};

/// For tests: nothing runs and no time passes until the test says so.
class deterministic_system_config : public caf::actor_system_config {
public:
  deterministic_system_config();
};

} // namespace acr
