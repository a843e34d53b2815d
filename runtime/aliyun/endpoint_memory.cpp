#include "runtime/aliyun/endpoint_memory.hpp"

#include <algorithm>
#include <numeric>

namespace acr::aliyun {

std::vector<std::size_t> endpoint_memory::order(std::size_t count, time_point now) const {
  std::vector<std::size_t> indices(count);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  if (valid(now) && preferred_ < count)
    std::rotate(indices.begin(), indices.begin() + static_cast<std::ptrdiff_t>(preferred_),
                indices.begin() + static_cast<std::ptrdiff_t>(preferred_) + 1);
  return indices;
}

void endpoint_memory::reached(std::size_t index, time_point now) {
  if (index == preferred_ && valid(now))
    return; // the better ones were not tried: their time keeps running
  preferred_ = index;
  since_ = now;
}

} // namespace acr::aliyun
