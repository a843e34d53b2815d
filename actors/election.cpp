#include "actors/election.hpp"

#include <algorithm>
#include <utility>

namespace acr {

using kubernetes::lease;

namespace {

bool same_version(const lease& a, const lease& b) {
  return a.meta.uid == b.meta.uid && a.meta.resource_version == b.meta.resource_version;
}

/// Whether `a` is a later state of the same Lease than `b`.
bool later(const lease& a, const lease& b) {
  return a.meta.uid == b.meta.uid &&
         kubernetes::newer(a.meta.resource_version, b.meta.resource_version);
}

} // namespace

election::election(std::string identity, kubernetes::object_ref which, election_timing timing,
                   std::optional<milliseconds> held_until)
    : identity_{std::move(identity)}, which_{std::move(which)}, timing_{timing}, leads_until_{
                                                                                     held_until} {
  if (held_until)
    renewed_at_ = *held_until - timing_.renew_deadline;
}

void election::seen(const std::optional<lease>& now, milliseconds at) {
  synced_ = true;
  if (now && lease_ && (same_version(*now, *lease_) || later(*lease_, *now)))
    return;
  changed_in_flight_ = true;
  take(now, at, false);
}

void election::listed(const std::optional<lease>& now, milliseconds at) {
  if (!std::exchange(synced_, true))
    return take(now, at, false);
  // A list may have begun before our own last write: only a later read is conclusive.
  if (lease_ && (!now || later(*lease_, *now)))
    unknown_ = true;
  else if (now)
    seen(now, at);
}

void election::take(const std::optional<lease>& now, milliseconds at, bool from_the_past) {
  lease_ = now;
  if (from_the_past) {
    restored_ = true;
    reclaim_ = leads_until_ && at < *leads_until_;
    others_until_ = at + timing_.lease;
    return;
  }
  if (!mine())
    leads_until_.reset();
  if (now && now->holder.empty())
    others_until_ = milliseconds::zero();
  else if (now && !mine())
    others_until_ = at + std::max<milliseconds>(now->duration, timing_.lease);
}

election::milliseconds election::due() const {
  if (!leads_until_)
    return std::max(write_not_before_, others_until_);
  return std::max(write_not_before_,
                  reclaim_ ? milliseconds::zero() : renewed_at_ + timing_.renew_every);
}

std::optional<election_request> election::next(milliseconds at, wall_time wall) {
  if (leads_until_ && at >= *leads_until_)
    leads_until_.reset();
  if (!synced_ || in_flight_ || at < (unknown_ ? read_not_before_ : due()))
    return std::nullopt;
  in_flight_ = true;
  changed_in_flight_ = false;
  sent_at_ = at;
  if (unknown_)
    return election_request{};
  auto wanted = lease_.value_or(lease{});
  wanted.meta.ref = which_;
  if (!mine()) {
    wanted.transitions += lease_ ? 1 : 0;
    wanted.acquired_at = wall;
  }
  wanted.holder = identity_;
  wanted.duration = timing_.lease;
  wanted.renewed_at = wall;
  return election_request{std::move(wanted)};
}

election::milliseconds election::patience(milliseconds at) const {
  const auto left = leads_until_ ? *leads_until_ - at : timing_.renew_deadline;
  return std::max(left / 2, timing_.patience);
}

election::milliseconds election::backoff(milliseconds at, double jitter) const {
  const auto span = std::chrono::duration_cast<milliseconds>(timing_.retry * (0.5 + jitter / 2));
  if (leads_until_ && at < *leads_until_)
    return std::min(span, std::max((*leads_until_ - at) / 4, timing_.retry / 4));
  return span;
}

void election::answered(const result<lease>& answer, milliseconds at, double jitter) {
  in_flight_ = false;
  if (!answer) {
    const auto& reason = answer.error();
    // 422: a write without a version met an existing object. Read now, write again later.
    unknown_ = unknown_ || reason.code == errc::conflict || reason.code == errc::not_found ||
               (!lease_ && reason.status == 422);
    write_not_before_ =
        at + std::max(backoff(at, jitter), reason.retry_after.value_or(milliseconds{0}));
    return;
  }
  write_not_before_ = milliseconds::zero();
  // The watch may meanwhile have shown a state later than the answer, written by another replica.
  if (changed_in_flight_ && lease_ && !same_version(*answer, *lease_) && !later(*answer, *lease_)) {
    unknown_ = unknown_ || !later(*lease_, *answer);
    return;
  }
  take(*answer, at, false);
  if (!mine())
    return;
  reclaim_ = false;
  others_until_ = milliseconds::zero();
  renewed_at_ = sent_at_;
  leads_until_ = sent_at_ + timing_.renew_deadline;
}

void election::looked(const result<std::optional<lease>>& answer, milliseconds at, double jitter) {
  in_flight_ = false;
  if (!answer) {
    read_not_before_ =
        at + std::max(backoff(at, jitter), answer.error().retry_after.value_or(milliseconds{0}));
    return;
  }
  const auto& now = *answer;
  const bool back = lease_ && now && later(*lease_, *now);
  if (changed_in_flight_ && (back || !now)) {
    read_not_before_ = at + backoff(at, jitter);
    return;
  }
  read_not_before_ = milliseconds::zero();
  unknown_ = false;
  if (!now || !lease_ || !same_version(*now, *lease_))
    take(now, at, back);
}

std::optional<lease> election::released(wall_time wall) const {
  if (!mine())
    return std::nullopt;
  auto wanted = *lease_;
  wanted.holder.clear();
  wanted.duration = std::chrono::seconds{1};
  wanted.renewed_at = wall;
  return wanted;
}

std::optional<election::milliseconds> election::wake() const {
  if (!synced_ || in_flight_)
    return leads_until_;
  const auto next = unknown_ ? read_not_before_ : due();
  return leads_until_ ? std::min(next, *leads_until_) : next;
}

std::optional<election::milliseconds> election::leads_until(milliseconds at) const {
  return leads_until_ && at < *leads_until_ ? leads_until_ : std::nullopt;
}

} // namespace acr
