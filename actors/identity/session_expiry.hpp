/// When a session ends: the service says so by its own clock, we judge by another.
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/refresh_policy.hpp"
#include "protocol/aliyun/credentials.hpp"
#include "protocol/failure.hpp"

namespace acr {

/// The session in an answer of the service, with its end by our clock. `read` takes the time at
/// which what ends earlier has expired; `deps` has the clocks `wall` and `service_ahead`. A service
/// whose Date is years off thus costs no session, neither this one's nor another's. One that would
/// last longer than any session can is asked for again within 12 hours.
template <class Deps, class Read>
result<aliyun::credentials> in_our_time(const Deps& deps, Read&& read) {
  const auto now = deps.wall();
  const auto ahead = deps.service_ahead ? deps.service_ahead() : std::chrono::milliseconds{0};
  result<aliyun::credentials> session = std::forward<Read>(read)(earlier_now(now, ahead));
  if (session && session->expires_at)
    session->expires_at =
        now + std::min<std::chrono::milliseconds>(believed_life(*session->expires_at, now, ahead),
                                                  longest_password_life);
  return session;
}

} // namespace acr
