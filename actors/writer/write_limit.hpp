/// How often one object may be written although another client reverts it.
#pragma once

#include <algorithm>
#include <chrono>

namespace acr {

/// Pure. A few writes follow at once; then one each `first_pause`, and increasingly fewer while
/// reverts continue. It recovers when it has not been needed for a while, and allows a write at
/// once to an object that was left alone for `peace` after the last one: a client that reverts our
/// writes does so within seconds, and a later deletion is not its doing.
class write_limit {
public:
  using ms = std::chrono::milliseconds;
  static constexpr int burst = 3;
  static constexpr ms first_pause = std::chrono::seconds{20};
  static constexpr ms longest_pause = std::chrono::minutes{5};
  static constexpr ms peace = std::chrono::minutes{1};

  /// The earliest time of the next write. First called when the last write was found reverted.
  ms allowed_at(ms now) {
    refill(now);
    if (!undone_ && left_ == 0 && now - written_at_ >= peace) {
      left_ = 1;
      pause_ = first_pause;
      refilled_at_ = now;
    }
    undone_ = true;
    return left_ > 0 ? now : refilled_at_ + pause_;
  }
  /// The object was written. Only after `allowed_at`.
  void written(ms now) {
    refill(now);
    written_at_ = now;
    undone_ = false;
    if (left_ == burst)
      refilled_at_ = now;
    left_ = std::max(left_ - 1, 0);
    if (left_ > 0)
      return;
    if (spent_)
      pause_ = std::min(2 * pause_, longest_pause);
    spent_ = true;
  }
  /// The burst was used up, and has not recovered since: another client reverts our writes.
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
  ms written_at_{};
  bool undone_ = false; ///< Since the last write.
  bool spent_ = false;
};

} // namespace acr
