#include "runtime/aliyun/service_clock.hpp"

namespace acr::aliyun {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

wall_time service_clock::now() const {
  auto booted = booted_at_.load(std::memory_order_relaxed);
  if (booted == unknown)
    booted = suggested_.load(std::memory_order_relaxed);
  return booted == unknown ? ours_() : wall_time{milliseconds{booted}} + boot_();
}

milliseconds service_clock::offset() const {
  const auto difference = now() - ours_();
  return std::chrono::abs(difference) > 1s ? difference : 0ms;
}

void service_clock::observe(std::string_view date, milliseconds took) {
  learn(date, took, booted_at_);
}

void service_clock::suggest(std::string_view date, milliseconds took) {
  if (booted_at_.load(std::memory_order_relaxed) == unknown)
    learn(date, took, suggested_);
}

void service_clock::learn(std::string_view date, milliseconds took,
                          std::atomic<std::int64_t>& into) const {
  const auto theirs = parse_http_date(date);
  if (!theirs)
    return;
  // It has cut off half a second on average, and was written at some time since the request.
  const auto likely = *theirs + 500ms + took / 2;
  const auto ours = now();
  const auto known = std::chrono::abs(likely - ours) > 1s + took / 2 ? likely : ours;
  into.store((known - boot_()).time_since_epoch().count(), std::memory_order_relaxed);
}

} // namespace acr::aliyun
