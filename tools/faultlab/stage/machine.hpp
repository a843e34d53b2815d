/// The machine of a program in the lab: an actor system that runs step by step, on request.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/resumable.hpp>

#include "tools/faultlab/stage/virtual_scheduler.hpp"

namespace acr::faultlab {

/// Actors send messages without end, and time hardly passes.
struct standstill : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Its monotonic clock stands still while it sleeps. All spans are of the true time since the
/// beginning of the world, unless stated otherwise.
class machine {
public:
  using ms = std::chrono::milliseconds;

  machine();
  machine(const machine&) = delete;
  machine& operator=(const machine&) = delete;
  /// Lets all timers fire: leftover actors must not start new ones.
  ~machine();

  caf::actor_system& system() { return system_; }

  ms elapsed() const;
  /// When its next timer fires, to the millisecond below.
  std::optional<ms> next_timer() const;
  /// Advances to that time, and lets it fire. Throws standstill, as `deliver`.
  void fire();
  /// Sets the time; due timers do not fire.
  void advance(ms to);
  void sleep(ms span) { slept_ += span; }

  /// Delivers all messages. False: there were none. Throws standstill if there are too many.
  bool deliver();

  /// SIGSTOP: no messages are handled, except by `network`, which stands for the kernel and others.
  /// Timers fire, and their effects wait.
  void freeze(caf::strong_actor_ptr network);
  void thaw();
  bool frozen() const { return static_cast<bool>(network_); }

  /// The actor's next handler that reads the clock `reading` times is suspended there for `span`,
  /// as if the program were descheduled: it continues at a later time.
  void stall(caf::strong_actor_ptr who, std::size_t reading, ms span);

  /// Called for a handler that reads the clock without end; must end the process.
  std::function<void(const std::string& actor)> on_runaway;

  /// Called around each message, with the actor that handles it, if they are set.
  std::function<void(const caf::strong_actor_ptr&who)> before_message, after_message;
  /// Ends an actor: it handles nothing more, not even queued messages.
  void kill(const caf::strong_actor_ptr& who);

private:
  void run_once();
  void set_aside();
  void count(std::size_t more);

  struct deterministic : caf::actor_system_config {
    deterministic() { module_factories.emplace_back(virtual_scheduler::make); }
  };

  deterministic config_;
  caf::actor_system system_{config_};
  virtual_scheduler& scheduler_;
  const char* running_ = "";     ///< The actor that handles, or handled last.
  caf::strong_actor_ptr stalls_; ///< The actor to suspend in the middle of a handler.
  ms slept_{};
  ms counted_at_{};
  std::size_t handled_ = 0;       ///< Messages and timers in the minute from then on.
  caf::strong_actor_ptr network_; ///< While frozen.
  std::deque<caf::resumable*> waiting_;
};

} // namespace acr::faultlab
