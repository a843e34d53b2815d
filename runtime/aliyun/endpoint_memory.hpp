/// Remembers which of several endpoints worked last, so that not every call waits for an
/// unreachable one.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace acr::aliyun {

class endpoint_memory {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// A better endpoint that failed is retried after this: networks recover.
  static constexpr std::chrono::minutes forget_after{10};

  /// The order in which to try `count` endpoints, given from best to worst.
  std::vector<std::size_t> order(std::size_t count, time_point now) const;

  /// Endpoint `index` was reached, those before it in `order` were not.
  void reached(std::size_t index, time_point now);

private:
  bool valid(time_point now) const { return preferred_ != 0 && now - since_ < forget_after; }

  std::size_t preferred_ = 0;
  time_point since_; ///< When the better ones failed last.
};

} // namespace acr::aliyun
