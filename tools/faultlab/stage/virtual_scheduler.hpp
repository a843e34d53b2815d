/// CAF's scheduler for tests, with a clock that can advance, and that counts reads, inside a
/// handler.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include <caf/actor_system.hpp>
#include <caf/detail/test_actor_clock.hpp>
#include <caf/scheduler/test_coordinator.hpp>

namespace acr::faultlab {

/// Virtual time stands still while an actor handles a message, which would hide two faults: a
/// program that is descheduled in the middle of a handler, and a handler that loops until its time
/// is over.
class virtual_clock : public caf::detail::test_actor_clock {
public:
  /// Called when a handler reads the clock again after `most_readings` times. Must not throw: such
  /// a handler ends only with the process.
  std::function<void()> on_runaway;

  time_point now() const noexcept override;

  /// A handler begins; `stalls`: it belongs to the actor that a stall waits for.
  void begin_handler(bool stalls) {
    readings_ = 0;
    stalls_ = stalls;
  }
  /// The first handler that reads the clock this often is suspended there for `span`; only handlers
  /// that begin within `stall_window` count, so that it happens when the scenario says.
  void stall(std::size_t reading, std::chrono::milliseconds span) {
    stall_at_ = reading;
    stall_for_ = span;
    stall_by_ = current_time + stall_window;
  }
  bool stall_pending() const { return stall_at_ != 0 && current_time <= stall_by_; }
  static constexpr std::chrono::seconds stall_window{5};

  /// Thousands of namespaces in one handler read it some ten times each.
  static constexpr std::size_t most_readings = 1'000'000;

private:
  mutable std::size_t readings_ = 0; ///< In the current handler.
  bool stalls_ = false;
  mutable std::size_t stall_at_ = 0; ///< 0: none.
  std::chrono::milliseconds stall_for_{};
  time_point stall_by_{};
};

class virtual_scheduler : public caf::scheduler::test_coordinator {
public:
  using test_coordinator::test_coordinator;

  virtual_clock& clock() noexcept override { return clock_; }

  /// For `actor_system_config::module_factories`.
  static caf::actor_system::module* make(caf::actor_system& system) {
    return new virtual_scheduler{system}; // NOLINT: the system owns it
  }

private:
  virtual_clock clock_;
};

} // namespace acr::faultlab
