/// Deadlines of many pending answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace acr {

/// For many requests with one timer (`wake_timer`): CAF 0.17 keeps the timeout of a request until
/// it fires, although the answer has come. Pure; times are monotonic.
class deadlines {
public:
  using ms = std::chrono::milliseconds;

  /// `id` is new.
  void set(std::uint64_t id, ms when) {
    by_id_.emplace(id, when);
    by_time_.emplace(when, id);
  }
  /// The answer has come; false if it had expired already (or was never waited for).
  bool drop(std::uint64_t id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end())
      return false;
    by_time_.erase({found->second, id});
    by_id_.erase(found);
    return true;
  }
  /// Removes and returns the expired ones, the earliest first.
  std::vector<std::uint64_t> take(ms now) {
    std::vector<std::uint64_t> due;
    while (!by_time_.empty() && by_time_.begin()->first <= now) {
      due.push_back(by_time_.begin()->second);
      drop(due.back());
    }
    return due;
  }
  std::optional<ms> next() const {
    return by_time_.empty() ? std::nullopt : std::optional{by_time_.begin()->first};
  }

private:
  std::map<std::uint64_t, ms> by_id_;
  std::set<std::pair<ms, std::uint64_t>> by_time_;
};

} // namespace acr
