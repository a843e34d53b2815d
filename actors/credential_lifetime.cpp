#include "actors/credential_lifetime.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace acr {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// NTP slews smaller differences, and they move nothing that matters.
constexpr milliseconds worth_asking = 1min;
// A clock that is set again and again costs at most one call in this time.
constexpr milliseconds asked_lately = 1min;
// All instances learn of the clock change at once.
constexpr double asking_spread_ms = 5000.0;
// A script that asks without end costs at most one attempt in this time.
constexpr milliseconds asked_just_now = 5s;
// It is checked at least this often.
constexpr milliseconds longest_wait = 24h;

} // namespace

milliseconds credential_lifetime::deadline::left(const moment& now) const {
  return std::min(mono - now.mono, wall - now.wall);
}

credential_lifetime::deadline credential_lifetime::at(wall_time wall, const moment& now) {
  return {now.mono + (wall - now.wall), wall};
}

std::optional<wall_time> credential_lifetime::expires_at() const {
  return expiry_ ? std::optional{expiry_->wall} : std::nullopt;
}

void credential_lifetime::resume(wall_time expires, wall_time renew_at, const moment& now) {
  expiry_ = at(std::min<wall_time>(expires, now.wall + longest_password_life), now);
  renewal_ = at(std::min(renew_at, expiry_->wall), now);
}

credential_lifetime::due credential_lifetime::tick(const moment& now) {
  due what;
  if (expiry_ && expiry_->left(now) <= 0ms) {
    expiry_.reset();
    renewal_.reset();
    what.withdraw = true;
  }
  if (!attempting_ && attempt_in(now) <= 0ms) {
    begin(now);
    what.attempt = true;
  }
  return what;
}

std::optional<milliseconds> credential_lifetime::ask(const moment& now) {
  if (attempting_)
    return std::nullopt;
  auto soon = std::max(now.mono, not_before_);
  if (last_attempt_)
    soon = std::max(soon, *last_attempt_ + asked_just_now);
  if (soon == now.mono)
    begin(now);
  else
    try_no_later_than(soon);
  return soon - now.mono;
}

void credential_lifetime::begin(const moment& now) {
  attempting_ = true;
  last_attempt_ = now.mono;
}

void credential_lifetime::try_no_later_than(milliseconds mono) {
  try_at_ = std::max(std::min(try_at_.value_or(mono), mono), not_before_);
}

milliseconds credential_lifetime::succeeded(wall_time expires, const moment& now, double jitter) {
  attempting_ = false;
  failures_ = 0;
  try_at_.reset();
  const auto life = std::min<milliseconds>(expires - now.wall, longest_password_life);
  const auto delay = renewal_delay(policy_, life, now.mono, jitter);
  expiry_ = at(now.wall + life, now);
  renewal_ = at(now.wall + delay, now);
  return delay;
}

milliseconds credential_lifetime::failed(const failure& reason, const moment& now, double jitter) {
  attempting_ = false;
  const auto left = expiry_ ? expiry_->left(now) : 0ms;
  const auto delay = retry_delay(policy_, ++failures_, reason, left, jitter);
  try_at_ = now.mono + delay;
  not_before_ = now.mono + reason.retry_after.value_or(0ms);
  return delay;
}

void credential_lifetime::clock_changed(milliseconds by, const moment& now, double jitter) {
  if (attempting_ || (std::chrono::abs(by) < worth_asking && failures_ == 0))
    return;
  auto soon = now.mono + milliseconds{static_cast<std::int64_t>(asking_spread_ms * jitter)};
  if (last_attempt_)
    soon = std::max(soon, *last_attempt_ + asked_lately);
  try_no_later_than(soon);
}

void credential_lifetime::reschedule(milliseconds threshold, std::optional<wall_time> renew_at,
                                     const moment& now) {
  policy_.threshold = threshold;
  if (renew_at && renewal_)
    renewal_ = at(*renew_at, now);
}

milliseconds credential_lifetime::attempt_in(const moment& now) const {
  auto left = renewal_ && failures_ == 0 ? renewal_->left(now) : milliseconds::max();
  if (try_at_)
    left = std::min(left, *try_at_ - now.mono);
  return left == milliseconds::max() ? 0ms : left;
}

std::optional<milliseconds> credential_lifetime::wait(const moment& now) const {
  std::optional<milliseconds> next;
  if (expiry_)
    next = expiry_->left(now);
  if (!attempting_)
    next = next ? std::min(*next, attempt_in(now)) : attempt_in(now);
  return next ? std::optional{std::clamp(*next, 0ms, longest_wait)} : next;
}

} // namespace acr
