/// The clock by which actors measure spans.
#pragma once

#include <chrono>

#include <caf/actor_clock.hpp>
#include <caf/local_actor.hpp>

namespace acr {

/// The time of the actor system's clock, which timers use: in a simulated world, its time. It
/// stands still while the machine sleeps, and is never set.
inline std::chrono::milliseconds monotonic(caf::local_actor& self) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      self.clock().now().time_since_epoch());
}

} // namespace acr
