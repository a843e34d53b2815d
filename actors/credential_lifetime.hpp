/// The lifetime of one instance's credential as a state machine: what is due, and when to check
/// again.
#pragma once

#include <chrono>
#include <optional>

#include "actors/refresh_policy.hpp"
#include "protocol/failure.hpp"
#include "protocol/time.hpp"

namespace acr {

/// Now, by both clocks. The monotonic one stands still while the machine sleeps, and never jumps;
/// the wall clock goes on, and may be set.
struct moment {
  std::chrono::milliseconds mono{};
  wall_time wall{};
};

/// Pure: no clock, no timer, no randomness. Its owner calls `tick` when `wait` is over, and reports
/// how each attempt ended. One attempt at a time.
///
/// A span of time is over when either clock says so: a wall clock that was set back keeps nothing
/// valid, and a sleep delays nothing.
class credential_lifetime {
public:
  /// What is to be done now.
  struct due {
    bool attempt = false;  ///< Begin an attempt; `succeeded` or `failed` must follow.
    bool withdraw = false; ///< The last credential has expired.
  };

  explicit credential_lifetime(refresh_policy policy = {}) : policy_{policy} {}

  /// Continues with a predecessor's credential and schedule.
  void resume(wall_time expires, wall_time renew_at, const moment& now);

  due tick(const moment& now);

  /// Requests an attempt. Zero: begin one now. Longer: `tick` will begin one after that long, since
  /// one has just been made or the service asked for a pause. Nothing: one is in flight.
  std::optional<std::chrono::milliseconds> ask(const moment& now);

  /// The attempt succeeded; the credential is assumed to expire after `longest_password_life` at
  /// the latest. Returns the delay until its renewal.
  std::chrono::milliseconds succeeded(wall_time expires, const moment& now, double jitter);

  /// The attempt failed. Returns the delay until the next one.
  std::chrono::milliseconds failed(const failure& reason, const moment& now, double jitter);

  /// The wall clock was set by `by`, or the machine slept. A clock set by a minute or more may be
  /// right now or have been right before: the date of the next answer shows which, so one is
  /// requested.
  void clock_changed(std::chrono::milliseconds by, const moment& now, double jitter);

  /// Sets another threshold; a credential waiting for its renewal is renewed at `renew_at`.
  void reschedule(std::chrono::milliseconds threshold, std::optional<wall_time> renew_at,
                  const moment& now);

  /// How long until something is due, a day at most: timers count in nanoseconds. Nothing while
  /// only an attempt's outcome is awaited.
  std::optional<std::chrono::milliseconds> wait(const moment& now) const;

  const refresh_policy& policy() const { return policy_; }
  unsigned failures() const { return failures_; }
  bool attempting() const { return attempting_; }
  /// Of the last good credential, until it is withdrawn.
  std::optional<wall_time> expires_at() const;

private:
  /// A moment in both clocks: reached when either says so.
  struct deadline {
    std::chrono::milliseconds mono;
    wall_time wall;

    std::chrono::milliseconds left(const moment& now) const;
  };
  static deadline at(wall_time wall, const moment& now);

  std::chrono::milliseconds attempt_in(const moment& now) const;
  void begin(const moment& now);
  void try_no_later_than(std::chrono::milliseconds mono);

  refresh_policy policy_;
  bool attempting_ = false;
  unsigned failures_ = 0;
  std::optional<deadline> expiry_;
  std::optional<deadline> renewal_; ///< Of the current credential.
  /// When to try for other reasons than renewal. By the monotonic clock alone: backoff is a span.
  std::optional<std::chrono::milliseconds> try_at_;
  std::chrono::milliseconds not_before_{std::chrono::milliseconds::min()}; ///< Set by the service.
  std::optional<std::chrono::milliseconds> last_attempt_;
};

} // namespace acr
