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

} // namespace acr
