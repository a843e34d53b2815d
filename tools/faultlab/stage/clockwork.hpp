/// Virtual time: machines that run on request, and an agenda.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "protocol/time.hpp"
#include "tools/faultlab/stage/machine.hpp"

namespace acr::faultlab {

/// Three times: the true one, used by servers; the monotonic one of a machine, which stands still
/// while that sleeps; and, not here, a machine's wall clock.
class clockwork {
public:
  clockwork() { add_machine(); }
  clockwork(const clockwork&) = delete;
  clockwork& operator=(const clockwork&) = delete;

  /// One exists at the beginning.
  machine& add_machine();
  machine& on(std::size_t index) { return *machines_.at(index); }

  wall_time now() const { return start + elapsed(); }
  /// Of the true time, since the beginning.
  std::chrono::milliseconds elapsed() const;

  /// Calls `what` when this much time has elapsed.
  void at(std::chrono::milliseconds elapsed, std::function<void()> what);
  void after(std::chrono::milliseconds span, std::function<void()> what) {
    at(elapsed() + span, std::move(what));
  }

  /// Runs from one event to the next. Messages are delivered before time advances.
  void run_until(std::chrono::milliseconds until);
  void drain();

  std::uint64_t steps() const { return steps_; }

  static constexpr wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

private:
  /// The machine whose timer fires first; of several at once, the oldest.
  machine* first_to_fire() const;
  void advance(std::chrono::milliseconds to);

  std::vector<std::unique_ptr<machine>> machines_;
  std::multimap<std::chrono::milliseconds, std::function<void()>> agenda_;
  std::uint64_t steps_ = 0;
};

} // namespace acr::faultlab
