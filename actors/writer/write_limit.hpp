/// How often one object may be written although somebody undoes it.
#pragma once

#include <algorithm>
#include <chrono>

namespace acr {

/// Pure. A few writes follow at once; then one each `first_pause`, and ever fewer while somebody
/// goes on undoing them. It recovers when it has not been needed for a while.
class write_limit {
public:
  using ms = std::chrono::milliseconds;
  static constexpr int burst = 3;
  static constexpr ms first_pause = std::chrono::seconds{20};
  static constexpr ms longest_pause = std::chrono::minutes{5};

  /// The earliest time of the next write.
  ms allowed_at(ms now) {
    refill(now);
    return left_ > 0 ? now : refilled_at_ + pause_;
  }
  /// It was written. Only where `allowed_at` has come.
  void written(ms now) {
    refill(now);
    if (left_ == burst)
      refilled_at_ = now;
    left_ = std::max(left_ - 1, 0);
    if (left_ > 0)
      return;
    if (spent_)
      pause_ = std::min(2 * pause_, longest_pause);
    spent_ = true;
  }
  /// The burst was used up, and has not recovered since: somebody undoes our writes.
  bool contested(ms now) {
    refill(now);
    return spent_;
  }
  bool full(ms now) const { return left_ == burst || now >= full_at(); }
  /// When it has recovered, if nothing more happens.
  ms full_at() const { return refilled_at_ + (burst - left_) * pause_; }

private:
  void refill(ms now) {
    while (left_ < burst && now >= refilled_at_ + pause_) {
      refilled_at_ += pause_;
      ++left_;
    }
    if (left_ == burst) {
      pause_ = first_pause;
      spent_ = false;
    }
  }

  int left_ = burst;
  ms pause_ = first_pause;
  ms refilled_at_{};
  bool spent_ = false;
};

} // namespace acr
