#include "actors/writer/retry_delay.hpp"

#include <algorithm>

namespace acr {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

milliseconds retry_delay(const failure& reason, unsigned before, double chance) {
  // An object that is refused permanently is tried about twice a minute.
  const bool conflict = reason.code == errc::conflict;
  const bool overruled = reason.code == errc::overruled; // each try is a write
  const milliseconds first = conflict ? 10ms : overruled ? 2s : 500ms;
  const milliseconds most = overruled ? 120s : 50s;
  const unsigned doublings = std::min(conflict ? 2 * before : before, 20U);
  const auto ceiling = std::min<milliseconds>(first * (1LL << doublings), most);
  const auto jittered =
      std::chrono::duration_cast<milliseconds>(ceiling * (0.5 + std::clamp(chance, 0.0, 1.0) / 2));
  return std::max(jittered, reason.retry_after.value_or(0ms));
}

bool may_have_worked(errc code) {
  switch (code) {
  case errc::http_timeout:
  case errc::connection_lost:
  case errc::response_too_big:
  case errc::cancelled:
  case errc::malformed_answer:
  case errc::http_status:
  case errc::service_failed:
  case errc::actor_down:
    return true;
  default:
    return false;
  }
}

} // namespace acr
