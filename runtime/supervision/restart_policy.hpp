/// How long a crashed child waits for its restart, and when its parent gives up.
#pragma once

#include <chrono>
#include <deque>
#include <optional>

namespace acr {

struct restart_limits {
  std::chrono::milliseconds first{100}; ///< First ceiling of the backoff; it doubles.
  std::chrono::milliseconds most = std::chrono::seconds{30};
  /// A child that ran this long was healthy: its next crash counts as the first.
  std::chrono::milliseconds stable_after = std::chrono::minutes{1};
  /// With more crashes than this within `period` the parent gives up; 0: never.
  unsigned most_deaths = 0;
  std::chrono::milliseconds period = std::chrono::minutes{1};
};

/// The crashes of one child. Pure: no clock.
class restart_record {
public:
  explicit restart_record(restart_limits limits = {}) : limits_{limits} {}

  void started(std::chrono::milliseconds now) { started_ = now; }
  /// The delay before the restart, at least half its ceiling (`jitter` in [0, 1) spreads the rest);
  /// nothing: too many crashes.
  std::optional<std::chrono::milliseconds> died(std::chrono::milliseconds now, double jitter);
  unsigned deaths() const { return in_a_row_; }

private:
  restart_limits limits_;
  std::chrono::milliseconds started_{};
  unsigned in_a_row_ = 0;
  std::deque<std::chrono::milliseconds> recent_;
};

} // namespace acr
