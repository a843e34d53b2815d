#include "runtime/supervision/restart_policy.hpp"

#include <algorithm>

namespace acr {

std::optional<std::chrono::milliseconds> restart_record::died(std::chrono::milliseconds now,
                                                              double jitter) {
  in_a_row_ = now - started_ >= limits_.stable_after ? 1 : in_a_row_ + 1;
  recent_.push_back(now);
  while (now - recent_.front() > limits_.period)
    recent_.pop_front();
  if (limits_.most_deaths != 0 && recent_.size() > limits_.most_deaths)
    return std::nullopt;
  const auto doublings = std::min(in_a_row_ - 1, 20U);
  const auto ceiling = std::min(limits_.first * (std::int64_t{1} << doublings), limits_.most);
  return std::chrono::duration_cast<std::chrono::milliseconds>(ceiling * (0.5 + jitter / 2));
}

} // namespace acr
