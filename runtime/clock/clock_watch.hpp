/// Reports when the machine has slept, or its wall clock was set.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace acr {

/// The kernel wakes a thread for it (timerfd, TFD_TIMER_CANCEL_ON_SET); nothing is polled. The
/// clock of timers stands still while the machine sleeps: the receiver has to check them again.
class clock_watch {
public:
  /// How far the wall clock was set; about zero after a sleep.
  using listener = std::function<void(std::chrono::milliseconds by)>;

  /// `changed` is called from its own thread. Never, where the system has no such timer.
  explicit clock_watch(listener changed);
  clock_watch(const clock_watch&) = delete;
  clock_watch& operator=(const clock_watch&) = delete;
  /// Joins the thread; `changed` is not called any more.
  ~clock_watch();

private:
  void follow(const listener& changed) const;

  int timer_ = -1;
  int stop_ = -1;
  std::thread thread_;
};

} // namespace acr
