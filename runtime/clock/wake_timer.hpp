/// Keeps one delayed message in flight, however often the time to wake changes.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace acr {

/// CAF 0.17 keeps every delayed message until it is due: an owner that sends itself a new one after
/// each event holds thousands. This class decides when one is needed. Pure; times are monotonic.
class wake_timer {
public:
  using ms = std::chrono::milliseconds;

  /// Requests to be woken at `when` (nothing: no need). If a value is returned: send yourself a
  /// message after that long, with `number()` in it.
  std::optional<ms> arm(ms now, std::optional<ms> when) {
    if (!when || (armed_ && *armed_ <= *when))
      return std::nullopt; // the message in flight comes early enough
    armed_ = *when;
    ++number_;
    return std::max(ms{0}, *when - now);
  }
  std::uint64_t number() const { return number_; }
  /// The message with that number has arrived. False: it was superseded. It may come early: arm
  /// again.
  bool woken(std::uint64_t number) {
    if (number != number_)
      return false;
    armed_.reset();
    return true;
  }

private:
  std::optional<ms> armed_;
  std::uint64_t number_ = 0;
};

} // namespace acr
