#include "runtime/aliyun/service_clock.hpp"

namespace acr::aliyun {

using namespace std::chrono_literals;

void service_clock::observe(std::string_view date) {
  const auto theirs = parse_http_date(date);
  if (!theirs)
    return;
  const auto difference = *theirs + 500ms - ours_(); // it has cut off half a second on average
  offset_ = std::chrono::abs(difference) > 1s ? difference : 0ms;
}

} // namespace acr::aliyun
