#include "actors/election.hpp"

#include <algorithm>

namespace acr {

using kubernetes::lease;

void election::seen(const std::optional<lease>& now, milliseconds at) {
  synced_ = true;
  if (now && lease_ && now->meta.uid == lease_->meta.uid &&
      !kubernetes::newer(now->meta.resource_version, lease_->meta.resource_version))
    return;
  lease_ = now;
  changed_at_ = at;
  if (!mine())
    leads_until_.reset();
}

election::milliseconds election::due() const {
  if (!lease_ || lease_->holder.empty())
    return not_before_;
  if (mine())
    return std::max(not_before_, leads_until_ ? renewed_at_ + timing_.renew_every : changed_at_);
  return std::max(not_before_,
                  changed_at_ + std::max<milliseconds>(lease_->duration, timing_.lease));
}

std::optional<lease> election::next(milliseconds at, wall_time wall) {
  if (leads_until_ && at >= *leads_until_)
    leads_until_.reset();
  if (!synced_ || in_flight_ || at < due())
    return std::nullopt;
  in_flight_ = true;
  sent_at_ = at;
  auto wanted = lease_.value_or(lease{});
  wanted.meta.ref = which_;
  if (!mine()) {
    wanted.transitions += lease_ ? 1 : 0;
    wanted.acquired_at = wall;
  }
  wanted.holder = identity_;
  wanted.duration = timing_.lease;
  wanted.renewed_at = wall;
  return wanted;
}

election::milliseconds election::patience(milliseconds at) const {
  const auto left = leads_until_ ? *leads_until_ - at : timing_.renew_deadline;
  return std::max(left / 2, timing_.patience);
}

void election::answered(const result<lease>& answer, milliseconds at, double jitter) {
  in_flight_ = false;
  if (!answer) {
    auto span = std::chrono::duration_cast<milliseconds>(timing_.retry * (0.5 + jitter / 2));
    if (leads_until_ && at < *leads_until_)
      span = std::min(span, std::max((*leads_until_ - at) / 4, timing_.retry / 4));
    not_before_ = at + std::max(span, answer.error().retry_after.value_or(milliseconds{0}));
    return;
  }
  not_before_ = milliseconds{0};
  // A state that the watch brought meanwhile is newer, and may be another's.
  seen(*answer, at);
  if (mine()) {
    renewed_at_ = sent_at_;
    leads_until_ = sent_at_ + timing_.renew_deadline;
  }
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
  if (!synced_)
    return std::nullopt;
  if (in_flight_)
    return leads_until_;
  return leads_until_ ? std::min(due(), *leads_until_) : due();
}

std::optional<election::milliseconds> election::leads_until(milliseconds at) const {
  return leads_until_ && at < *leads_until_ ? leads_until_ : std::nullopt;
}

} // namespace acr
