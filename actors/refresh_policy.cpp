#include "actors/refresh_policy.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace acr {

namespace {

using std::chrono::milliseconds;

// A session that ended, a token just rotated: other credentials are requested each time.
constexpr unsigned refusals_that_may_pass = 4;

milliseconds scaled(milliseconds d, double factor) {
  return std::chrono::duration_cast<milliseconds>(d * factor);
}

milliseconds backoff(const refresh_policy& policy, unsigned failures, double jitter) {
  const auto doublings = std::min(failures == 0 ? 0U : failures - 1, 20U); // 2^20 is past any cap
  const auto ceiling =
      std::min(policy.retry_first * (std::int64_t{1} << doublings), policy.retry_most);
  return std::max(scaled(ceiling, jitter), policy.retry_first / 2);
}

/// For credentials whose renewal may wait `latest`, in 8 to 15 steps: coarse enough that those of
/// one kind get the same, although some that end with a session are valid for a little less.
milliseconds round_of(milliseconds latest) {
  const auto most = scaled(latest, 0.935);
  const milliseconds step{
      static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(most.count()) / 8))};
  return most / step * step;
}

} // namespace

wall_time earlier_now(wall_time now, milliseconds service_ahead) {
  return now + std::min(service_ahead, milliseconds::zero());
}

milliseconds believed_life(wall_time expires, wall_time now, milliseconds service_ahead) {
  const auto ours = expires - now;
  const auto theirs = ours - service_ahead;
  const auto shorter = std::min(ours, theirs);
  return shorter > milliseconds::zero() ? shorter : std::max(ours, theirs);
}

milliseconds renewal_delay(const refresh_policy& policy, milliseconds left, milliseconds mono,
                           double jitter) {
  const auto latest = left > 2 * policy.threshold ? left - policy.threshold : left / 2;
  if (latest <= policy.retry_first)
    return policy.retry_first;
  // The writer waits a sixth of the time left for the others of a round: all must fit into that.
  const auto spread = std::min(latest / 25, (left - latest + latest / 16) / 8);
  const auto round = round_of(latest);
  const auto begins = (mono + latest - spread) / round * round;
  return std::max(begins - mono, latest / 2) + scaled(spread, jitter);
}

milliseconds rescheduled_delay(const refresh_policy& policy, milliseconds life, milliseconds left,
                               double jitter) {
  const auto before_the_end = life > 2 * policy.threshold ? policy.threshold : life / 2;
  return std::max(scaled(left - before_the_end, 1.0 - 0.1 * jitter), milliseconds::zero());
}

bool fixed_by_people(const failure& reason, unsigned failures) {
  return !retryable(reason.code) ||
         (reason.code == errc::credentials_bad && failures >= refusals_that_may_pass);
}

milliseconds retry_delay(const refresh_policy& policy, unsigned failures, const failure& reason,
                         milliseconds left, double jitter) {
  auto delay = backoff(policy, failures, jitter);
  if (fixed_by_people(reason, failures))
    delay = std::max(delay, scaled(policy.retry_permanent, 1.0 - 0.2 * jitter));
  if (left > milliseconds::zero())
    delay = std::min(delay, std::max(left / 4, policy.retry_first / 2));
  if (!reason.retry_after)
    return delay;
  const auto spread = std::max(*reason.retry_after / 10, policy.retry_first);
  return std::max(delay, *reason.retry_after + scaled(spread, jitter));
}

bool worth_waiting(const refresh_policy& policy, milliseconds left) {
  return left > 2 * policy.retry_most;
}

milliseconds session_life_wanted(const refresh_policy& policy) {
  return std::max<milliseconds>(2 * policy.threshold, std::chrono::hours{1});
}

bool session_serves(wall_time issued, wall_time expires, wall_time now, milliseconds min_life) {
  const auto enough = std::min(min_life, (expires - issued) * 23 / 24);
  return expires - now > milliseconds::zero() && expires - now >= enough;
}

} // namespace acr
