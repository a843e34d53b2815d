/// Handlers that wait for answers, with deadlines.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "runtime/clock/deadlines.hpp"

namespace acr {

/// Pure; times are monotonic. Handlers may add new requests.
template <class Answer>
class pending_answers {
public:
  using ms = std::chrono::milliseconds;
  using handler = std::function<void(const Answer&)>;

  /// Returns the id of the request.
  std::uint64_t add(ms until, handler then) {
    deadlines_.set(++last_, until);
    handlers_.emplace(last_, std::move(then));
    return last_;
  }
  /// Ignored if it is too late.
  void answer(std::uint64_t id, const Answer& value) {
    if (deadlines_.drop(id))
      handlers_.extract(id).mapped()(value);
  }
  /// Handlers whose deadline has passed get `instead`.
  void give_up(ms now, const Answer& instead) {
    for (const auto id : deadlines_.take(now))
      handlers_.extract(id).mapped()(instead);
  }
  std::optional<ms> next() const { return deadlines_.next(); }

private:
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, handler> handlers_;
  deadlines deadlines_;
};

} // namespace acr
