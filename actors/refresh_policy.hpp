/// When to renew a password and when to try again: arithmetic without a clock or a timer.
#pragma once

#include <chrono>
#include <optional>

#include "protocol/failure.hpp"
#include "protocol/time.hpp"

namespace acr {

struct refresh_policy {
  /// Renew when a password has less than this left.
  std::chrono::milliseconds threshold = std::chrono::minutes{15};
  std::chrono::milliseconds retry_first = std::chrono::seconds{1};
  /// Longest wait after a failure that may pass by itself: within a minute of the cloud's return
  /// all is well again.
  std::chrono::milliseconds retry_most = std::chrono::seconds{45};
  /// Wait after a failure that only a change of configuration or permissions fixes.
  std::chrono::milliseconds retry_permanent = std::chrono::minutes{5};
};

/// No registry password lives longer: it ends with the session that it was obtained with, and no
/// session lasts longer than the greatest MaxSessionDuration of a role.
inline constexpr std::chrono::hours longest_password_life{12};

/// How long a password is taken to live whose end the service gives as `expires`. The service's
/// clock may be `service_ahead` of ours: the shorter reading of those that are possible counts,
/// since renewing too early costs a call, and too late costs pulls. Not positive: it has expired.
/// May be longer than any password can live.
std::chrono::milliseconds believed_life(wall_time expires, wall_time now,
                                        std::chrono::milliseconds service_ahead);

/// How long to wait before renewing a fresh password that has `left` to live; at the latest when
/// it has the threshold left, or half its life if it lives no longer than twice the threshold.
/// Passwords of one kind are renewed in rounds, so that their Secrets are written once for all of
/// them: a round begins whenever the monotonic clock `mono` is a multiple of 0.83 to 0.94 of that
/// wait, and `jitter` in [0, 1) spreads the calls over a twenty-fifth of it, or an eighth of what
/// is left then if that is less. The round is that before the latest moment, but none before half
/// of the wait: whatever fell out of step is in step again after three renewals at most. Nobody
/// else's state is needed for that.
std::chrono::milliseconds renewal_delay(const refresh_policy& policy,
                                        std::chrono::milliseconds left,
                                        std::chrono::milliseconds mono, double jitter);

/// The same in the midst of a password's life, of which `left` of `life` is left: under another
/// threshold. Zero: it is due.
std::chrono::milliseconds rescheduled_delay(const refresh_policy& policy,
                                            std::chrono::milliseconds life,
                                            std::chrono::milliseconds left, double jitter);

/// Whether retrying soon is useless: only another configuration, another permission or another
/// clock fixes it. Refused credentials are no such case at first: the identity is asked for others.
bool mended_by_people(const failure& reason, unsigned failures);

/// How long to wait after the `failures`-th failure in a row (1 = the first). Doubling with full
/// jitter (AWS Architecture Blog, "Exponential Backoff And Jitter") up to a cap. While a password
/// still has `left` to live, at most a quarter of that, so that several tries fit in before it
/// ends. Never sooner than the service asks, and then spread: it asks many for the same moment.
std::chrono::milliseconds retry_delay(const refresh_policy& policy, unsigned failures,
                                      const failure& reason, std::chrono::milliseconds left,
                                      double jitter);

/// Whether the old password, which has `left` to live, should stay rather than be replaced by one
/// that a registry refuses: as long as there will be another attempt while it lives.
bool worth_waiting(const refresh_policy& policy, std::chrono::milliseconds left);

/// How long a session should live when a password is obtained with it: the password ends with the
/// session, so one with little more than the threshold left would have to be renewed at once, and
/// passwords that live for different times are not renewed in the same rounds. Passwords of
/// instances live an hour.
std::chrono::milliseconds session_life_wanted(const refresh_policy& policy);

/// Whether a session from `issued` to `expires` serves someone who wants `min_life`. A session that
/// lives no longer as a whole serves for the first twenty-fourth of its life: for the others of the
/// same round.
bool session_serves(wall_time issued, wall_time expires, wall_time now,
                    std::chrono::milliseconds min_life);

} // namespace acr
