/// Limits how fast a frequently changing configuration is applied.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace acr {

struct brake_limits {
  unsigned free = 5; ///< This many changes in a row are applied at once.
  std::chrono::milliseconds first = std::chrono::seconds{5}; ///< Then delayed by this; doubles.
  std::chrono::milliseconds most = std::chrono::seconds{30};
  /// Each such span without an applied change takes one of them back.
  std::chrono::milliseconds recovery = std::chrono::seconds{30};
};

/// Each change may cost calls to the cloud and a write in each namespace. Pure: no clock.
class configuration_brake {
public:
  using milliseconds = std::chrono::milliseconds;

  explicit configuration_brake(brake_limits limits = {}) : limits_{limits} {}

  /// How long a change has to wait at `now`.
  milliseconds wait(milliseconds now) const {
    const auto row = in_a_row(now);
    if (row < limits_.free)
      return milliseconds::zero();
    const auto doublings = std::min(row - limits_.free, 20U);
    const auto span = std::min<milliseconds>(limits_.first * (1LL << doublings), limits_.most);
    return std::max(last_ + span - now, milliseconds::zero());
  }
  /// A change is applied at `now`.
  void followed(milliseconds now) {
    row_ = in_a_row(now) + 1;
    last_ = now;
  }

private:
  unsigned in_a_row(milliseconds now) const {
    const auto back = static_cast<std::uint64_t>((now - last_) / limits_.recovery);
    return row_ - static_cast<unsigned>(std::min<std::uint64_t>(row_, back));
  }

  brake_limits limits_;
  unsigned row_ = 0;
  milliseconds last_{};
};

} // namespace acr
