#include "protocol/messages/status.hpp"

#include <algorithm>

namespace acr {

void duration_histogram::add(std::chrono::milliseconds took) {
  const double seconds = std::chrono::duration<double>{took}.count();
  const auto first = std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin();
  for (auto i = static_cast<std::size_t>(first); i < counts.size(); ++i)
    ++counts.at(i);
  sum += seconds;
}

std::optional<wall_time> instance_status::valid_until(wall_time now) const {
  if (withdrawn)
    return std::nullopt;
  if (expires_at)
    return expires_at;
  return found_until && *found_until > now ? found_until : std::nullopt;
}

const char* instance_status::state(wall_time now) const {
  if (withdrawn)
    return "withdrawn";
  if (!valid_until(now))
    return failures > 0 ? "failing" : "pending";
  return failures > 0 ? "renewal failing" : "valid";
}

} // namespace acr
