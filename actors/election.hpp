/// Decides who leads, from what one replica sees of the Lease. No socket, no clock of its own.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

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

/// A request about the Lease.
struct election_request {
  std::optional<kubernetes::lease> write; ///< Nothing: read it.
};

/// One replica's view. Times are of one monotonic clock, except those written into the Lease, which
/// nobody judges by: clocks of machines differ.
///
/// Versions: a state is ignored if what is known is of a later version (`kubernetes::newer`), and
/// accepted otherwise, so that a server whose versions are no numbers is followed, too. A list that
/// goes back, and a conflict, make the Lease unknown: it is read, and the answer holds. So an etcd
/// that was restored from a backup is noticed. Such a state from the past says nothing about who
/// leads now: a replica that does not lead waits for the duration of a Lease, whatever it says.
class election {
public:
  using milliseconds = std::chrono::milliseconds;

  /// `identity` is of one process at a time; a Lease that it holds when it is seen first was left
  /// by an earlier process, and is taken up at once. `which` names the Lease. `held_until`: an
  /// election before this one, in the same process, led until then, and this one goes on.
  election(std::string identity, kubernetes::object_ref which, election_timing timing,
           std::optional<milliseconds> held_until = std::nullopt);

  /// The Lease as the watch shows it change; nothing: it was deleted.
  void seen(const std::optional<kubernetes::lease>& now, milliseconds at);
  /// The Lease as a list of the watch shows it; nothing: there is none.
  void listed(const std::optional<kubernetes::lease>& now, milliseconds at);

  /// What to send now, if anything; then call `answered` or `looked`.
  std::optional<election_request> next(milliseconds at, wall_time wall);
  /// How long the answer to what is sent at `at` may take. A leader has two tries before its lead
  /// ends: one lost request is no reason to.
  milliseconds patience(milliseconds at) const;
  /// The answer to a write. `jitter` in [0, 1).
  void answered(const result<kubernetes::lease>& answer, milliseconds at, double jitter);
  /// The answer to a read; nothing: there is no Lease.
  void looked(const result<std::optional<kubernetes::lease>>& answer, milliseconds at,
              double jitter);

  /// What to write so that another one can follow at once, if this one holds the Lease.
  std::optional<kubernetes::lease> released(wall_time wall) const;

  /// When to call `next` again if nothing else happens before.
  std::optional<milliseconds> wake() const;
  /// Until when this replica may act; nothing if it may not.
  std::optional<milliseconds> leads_until(milliseconds at) const;
  bool waiting_for_answer() const { return in_flight_; }
  /// Who holds the Lease; empty: nobody.
  /// Whether the Lease went back to an earlier version since this was asked last.
  bool take_restored() { return std::exchange(restored_, false); }
  std::string holder() const { return lease_ ? lease_->holder : std::string{}; }

private:
  bool mine() const { return lease_ && lease_->holder == identity_; }
  milliseconds due() const;
  milliseconds backoff(milliseconds at, double jitter) const;
  /// `from_the_past`: an earlier version than one that was known.
  void take(const std::optional<kubernetes::lease>& now, milliseconds at, bool from_the_past);

  std::string identity_;
  kubernetes::object_ref which_;
  election_timing timing_;
  bool restored_ = false;
  bool synced_ = false;
  bool in_flight_ = false;
  bool changed_in_flight_ = false; ///< The watch showed a change since the request was sent.
  bool unknown_ = false;           ///< The Lease is to be read.
  bool reclaim_ = false;           ///< A leader meets a state from the past: it renews at once.
  std::optional<kubernetes::lease> lease_;
  milliseconds others_until_{};     ///< Another replica may lead until then.
  milliseconds sent_at_{};          ///< The last request.
  milliseconds renewed_at_{};       ///< When the last renewal that succeeded was sent.
  milliseconds write_not_before_{}; ///< After a failure.
  milliseconds read_not_before_{};  ///< The same.
  std::optional<milliseconds> leads_until_;
};

} // namespace acr
