/// Virtual time: an actor system that runs when it is told to, and an agenda beside it.
#pragma once

#include <chrono>
#include <functional>
#include <map>

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "protocol/time.hpp"

namespace acr::faultlab {

/// Three times: the true one, which servers go by; the monotonic one of the machine, which stands
/// still while that sleeps; and, not here, what the machine takes for the true one.
class clockwork {
public:
  clockwork();
  clockwork(const clockwork&) = delete;
  clockwork& operator=(const clockwork&) = delete;
  /// Lets all timers fire: what is left must not start new ones.
  ~clockwork();

  caf::actor_system& system() { return system_; }

  wall_time now() const { return start + elapsed(); }
  /// Of the true time, since the beginning.
  std::chrono::milliseconds elapsed() const;

  /// Does `what` when so much has elapsed.
  void at(std::chrono::milliseconds elapsed, std::function<void()> what);
  void after(std::chrono::milliseconds span, std::function<void()> what) {
    at(elapsed() + span, std::move(what));
  }

  /// Goes from one event to the next. Messages are delivered before time goes on.
  void run_until(std::chrono::milliseconds until);
  void drain() { deliver(); }
  /// The machine sleeps: its timers stand still, the world goes on.
  void sleep(std::chrono::milliseconds span) { slept_ += span; }

  std::uint64_t steps() const { return steps_; }

  /// Called around each message, with the actor that handles it, if they are set.
  std::function<void(const caf::strong_actor_ptr&who)> before_message, after_message;
  /// Ends an actor: it handles nothing more, not even what it was sent before.
  void kill(const caf::strong_actor_ptr& who);

  static constexpr wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

private:
  void deliver();

  struct deterministic : caf::actor_system_config {
    deterministic() { set("scheduler.policy", caf::atom("testing")); }
  };

  deterministic config_;
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& scheduler_;
  std::chrono::milliseconds slept_{};
  std::multimap<std::chrono::milliseconds, std::function<void()>> agenda_;
  std::uint64_t steps_ = 0;
};

} // namespace acr::faultlab
