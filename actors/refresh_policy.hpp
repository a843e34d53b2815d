/// When to renew a credential and when to retry: arithmetic without a clock or a timer.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "protocol/failure.hpp"
#include "protocol/time.hpp"

namespace acr {

struct refresh_policy {
  /// Renew when a credential is valid for less than this.
  std::chrono::milliseconds threshold = std::chrono::minutes{15};
  std::chrono::milliseconds retry_first = std::chrono::seconds{1};
  /// Longest wait after a transient failure: all works again within a minute of the cloud's
  /// recovery.
  std::chrono::milliseconds retry_most = std::chrono::seconds{45};
  /// Wait after a failure that only a change of configuration or permissions fixes.
  std::chrono::milliseconds retry_permanent = std::chrono::minutes{5};
};

/// No registry password is valid for longer: it ends with the session that it was obtained with,
/// and no session lasts longer than the greatest MaxSessionDuration of a role.
inline constexpr std::chrono::hours longest_password_life{12};

/// How far the service's clock is ahead of ours; nothing: not at all.
using clock_difference = std::function<std::chrono::milliseconds()>;

/// The earlier of our time and the service's: what ends later is valid by at least one of them.
wall_time earlier_now(wall_time now, std::chrono::milliseconds service_ahead);

/// For how long a credential is assumed to be valid that ends at `expires` by the service's clock,
/// which may be `service_ahead` of ours: the shorter of the possible readings counts, since
/// renewing too early costs a call, and too late costs pulls. Not positive: it has expired. May
/// exceed any real lifetime.
std::chrono::milliseconds believed_life(wall_time expires, wall_time now,
                                        std::chrono::milliseconds service_ahead);

/// How long to wait before renewing a fresh credential that is valid for `left`; at the latest when
/// it has the threshold left, or half its lifetime if that is at most twice the threshold.
/// Credentials of one kind are renewed in rounds, so that their Secrets are written once for all of
/// them: a round begins whenever the monotonic clock `mono` is a multiple of 0.83 to 0.94 of that
/// wait, and `jitter` in [0, 1) spreads the calls over a twenty-fifth of it, or an eighth of what
/// is left then if that is less. The last round before the latest moment is taken, but none before
/// half of the wait: a credential out of step is in step again after three renewals at most. No
/// shared state is needed.
std::chrono::milliseconds renewal_delay(const refresh_policy& policy,
                                        std::chrono::milliseconds left,
                                        std::chrono::milliseconds mono, double jitter);

/// The same for a credential that has `left` of `life` left, under another threshold. Zero: due
/// now.
std::chrono::milliseconds rescheduled_delay(const refresh_policy& policy,
                                            std::chrono::milliseconds life,
                                            std::chrono::milliseconds left, double jitter);

/// Whether retrying soon is useless: only a change of configuration, permission or clock fixes it.
/// Refused credentials do not count at first: the identity is asked for others.
bool fixed_by_people(const failure& reason, unsigned failures);

/// How long to wait after the `failures`-th failure in a row (1 = the first). Doubling with full
/// jitter (AWS Architecture Blog, "Exponential Backoff And Jitter") up to a cap. While a credential
/// is still valid for `left`, at most a quarter of that, so that several tries fit in before it
/// ends. Never sooner than the service asks, and then spread: it sends the same time to many.
std::chrono::milliseconds retry_delay(const refresh_policy& policy, unsigned failures,
                                      const failure& reason, std::chrono::milliseconds left,
                                      double jitter);

/// Whether the old credential, valid for `left`, should stay rather than be replaced by one that a
/// registry refuses: as long as there will be another attempt before it expires.
bool worth_waiting(const refresh_policy& policy, std::chrono::milliseconds left);

/// How long a session should be valid to obtain a credential with: the credential ends with the
/// session, so one with little more than the threshold left would have to be renewed at once, and
/// credentials of different lifetimes are not renewed in the same rounds. Those of instances are
/// valid for an hour.
std::chrono::milliseconds session_life_wanted(const refresh_policy& policy);

/// Whether a session from `issued` to `expires` suffices for a caller that needs `min_life`. A
/// session that is shorter as a whole suffices for its first twenty-fourth: for the others of the
/// same round.
bool session_serves(wall_time issued, wall_time expires, wall_time now,
                    std::chrono::milliseconds min_life);

} // namespace acr
