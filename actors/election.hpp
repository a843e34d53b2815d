/// Decides who leads, from what one replica sees of the Lease. No socket, no clock of its own.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "protocol/failure.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/time.hpp"

namespace acr {

/// As client-go's defaults, but renewed more seldom.
struct election_timing {
  std::chrono::seconds lease{15}; ///< Others wait for so long after the last change that they saw.
  /// The leader writes nothing later than this after the last renewal that succeeded was sent. The
  /// difference to `lease` is what a write may be under way for.
  std::chrono::milliseconds renew_deadline = std::chrono::seconds{10};
  std::chrono::milliseconds renew_every = std::chrono::seconds{4};
  std::chrono::milliseconds retry =
      std::chrono::seconds{2}; ///< After a failure, at most; sooner while leading.
  std::chrono::milliseconds patience = std::chrono::seconds{2}; ///< With an answer, at least.
};

/// One replica's view. Times are of one monotonic clock, except those written into the Lease, which
/// nobody judges by: clocks of machines differ.
class election {
public:
  using milliseconds = std::chrono::milliseconds;

  /// `identity` is this process's alone. `which` names the Lease.
  election(std::string identity, kubernetes::object_ref which, election_timing timing)
      : identity_{std::move(identity)}, which_{std::move(which)}, timing_{timing} {}

  /// The Lease as the watch shows it; nothing: there is none. Older states are ignored.
  void seen(const std::optional<kubernetes::lease>& now, milliseconds at);

  /// What to write now, if anything; then call `answered`.
  std::optional<kubernetes::lease> next(milliseconds at, wall_time wall);
  /// How long the answer to what is written at `at` may take. Whoever leads has two tries before he
  /// leads no longer: one request that is lost is no reason to.
  milliseconds patience(milliseconds at) const;
  /// `jitter` in [0, 1).
  void answered(const result<kubernetes::lease>& answer, milliseconds at, double jitter);

  /// What to write so that another one can follow at once, if this one holds the Lease.
  std::optional<kubernetes::lease> released(wall_time wall) const;

  /// When to call `next` again if nothing else happens before.
  std::optional<milliseconds> wake() const;
  /// Until when this replica may act; nothing if it may not.
  std::optional<milliseconds> leads_until(milliseconds at) const;
  bool waiting_for_answer() const { return in_flight_; }
  /// Who holds the Lease; empty: nobody.
  std::string holder() const { return lease_ ? lease_->holder : std::string{}; }

private:
  bool mine() const { return lease_ && lease_->holder == identity_; }
  milliseconds due() const;

  std::string identity_;
  kubernetes::object_ref which_;
  election_timing timing_;
  bool synced_ = false;
  bool in_flight_ = false;
  std::optional<kubernetes::lease> lease_;
  milliseconds changed_at_{}; ///< When this replica last saw it change.
  milliseconds sent_at_{};    ///< The last request.
  milliseconds renewed_at_{}; ///< When the last renewal that succeeded was sent.
  milliseconds not_before_{}; ///< After a failure.
  std::optional<milliseconds> leads_until_;
};

} // namespace acr
