#include "runtime/aliyun/service_clock.hpp"

namespace acr::aliyun {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

wall_time service_clock::now() const {
  const auto booted = booted_at_.load(std::memory_order_relaxed);
  return booted == unknown ? ours_() : wall_time{milliseconds{booted}} + boot_();
}

milliseconds service_clock::offset() const {
  const auto difference = now() - ours_();
  return std::chrono::abs(difference) > 1s ? difference : 0ms;
}

void service_clock::observe(std::string_view date) {
  const auto theirs = parse_http_date(date);
  if (!theirs)
    return;
  const auto difference = *theirs + 500ms - now(); // it has cut off half a second on average
  const auto correction = std::chrono::abs(difference) > 1s ? difference : 0ms;
  const auto known = now() + correction;
  booted_at_.store((known - boot_()).time_since_epoch().count(), std::memory_order_relaxed);
}

} // namespace acr::aliyun
