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

/// As client-go's defaults, but renewed less often.
struct election_timing {
  std::chrono::seconds lease{15}; ///< Others wait this long after the last change that they saw.
  /// The leader sends no write later than this after sending its last successful renewal. The
  /// difference to `lease` is the time that a write may take.
  std::chrono::milliseconds renew_deadline = std::chrono::seconds{10};
  std::chrono::milliseconds renew_every = std::chrono::seconds{4};
  std::chrono::milliseconds retry =
      std::chrono::seconds{2}; ///< After a failure, at most; shorter while leading.
  std::chrono::milliseconds patience = std::chrono::seconds{2}; ///< With an answer, at least.
};

/// A request about the Lease.
struct election_request {
  std::optional<kubernetes::lease> write; ///< Nothing: read it.
};

/// One replica's view. Times are of one monotonic clock, except those written into the Lease, which
/// no decision uses: clocks of machines differ.
///
/// Versions: a state is ignored if a later version is known (`kubernetes::newer`), and accepted
/// otherwise, so that a server whose versions are not numbers is followed, too. After a list that
/// goes back, or a conflict, the Lease is unknown: it is read, and the answer counts. This detects
/// an etcd that was restored from a backup. Such a state from the past says nothing about who leads
/// now: a replica that does not lead waits for the duration of a Lease, whatever the state says.
class election {
public:
  using milliseconds = std::chrono::milliseconds;

  /// `identity` belongs to one process at a time; a Lease that it holds at first sight was left by
  /// an earlier process, and is taken over at once. `which` names the Lease. `held_until`: an
  /// earlier election of the same process led until then, and this one continues it.
  election(std::string identity, kubernetes::object_ref which, election_timing timing,
           std::optional<milliseconds> held_until = std::nullopt);

  /// The Lease as the watch shows it change; nothing: it was deleted.
  void seen(const std::optional<kubernetes::lease>& now, milliseconds at);
  /// The Lease as a list of the watch shows it; nothing: there is none.
  void listed(const std::optional<kubernetes::lease>& now, milliseconds at);

  /// What to send now, if anything; then call `answered` or `looked`.
  std::optional<election_request> next(milliseconds at, wall_time wall);
  /// How long the answer to a request sent at `at` may take. A leader has two tries before its lead
  /// ends: one lost request must not end it.
  milliseconds patience(milliseconds at) const;
  /// The answer to a write. `jitter` in [0, 1).
  void answered(const result<kubernetes::lease>& answer, milliseconds at, double jitter);
  /// The answer to a read; nothing: there is no Lease.
  void looked(const result<std::optional<kubernetes::lease>>& answer, milliseconds at,
              double jitter);

  /// The write that lets another replica follow at once, if this one holds the Lease.
  std::optional<kubernetes::lease> released(wall_time wall) const;

  /// When to call `next` again if nothing else happens before.
  std::optional<milliseconds> wake() const;
  /// Until when this replica may act as leader; nothing if it may not.
  std::optional<milliseconds> leads_until(milliseconds at) const;
  bool waiting_for_answer() const { return in_flight_; }
  /// Whether the Lease went back to an earlier version since the last call: the API server was
  /// restored from a backup.
  bool take_restored() { return std::exchange(restored_, false); }
  std::string holder() const { return lease_ ? lease_->holder : std::string{}; } ///< Empty: no one.

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
  bool reclaim_ = false;           ///< A leader saw a state from the past: it renews at once.
  std::optional<kubernetes::lease> lease_;
  milliseconds others_until_{};     ///< Another replica may lead until then.
  milliseconds sent_at_{};          ///< The last request.
  milliseconds renewed_at_{};       ///< When the last renewal that succeeded was sent.
  milliseconds write_not_before_{}; ///< After a failure.
  milliseconds read_not_before_{};  ///< The same.
  std::optional<milliseconds> leads_until_;
};

} // namespace acr
