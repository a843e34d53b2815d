#include "runtime/clock/clock_watch.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "protocol/time.hpp"

namespace acr {

namespace {

using std::chrono::milliseconds;

/// Changes only when the wall clock is set: the other one counts sleep, too.
milliseconds wall_ahead_of_boot() { return system_now().time_since_epoch() - since_boot(); }

bool arm(int timer) {
  itimerspec never{};
  never.it_value.tv_sec = 7'258'118'400; // the year 2200
  return timerfd_settime(timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr) == 0;
}

} // namespace

clock_watch::clock_watch(listener changed)
    : timer_{timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)}, stop_{eventfd(
                                                                              0, EFD_CLOEXEC)} {
  if (timer_ >= 0 && stop_ >= 0 && arm(timer_))
    thread_ = std::thread{[this, changed = std::move(changed)] { follow(changed); }};
}

clock_watch::~clock_watch() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(stop_, &one, sizeof one);
    thread_.join();
  }
  close(timer_);
  close(stop_);
}

void clock_watch::follow(const listener& changed) const {
  auto ahead = wall_ahead_of_boot();
  std::array<pollfd, 2> fds{{{timer_, POLLIN, 0}, {stop_, POLLIN, 0}}};
  while (true) {
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR)
      return;
    if (fds[1].revents != 0)
      return;
    std::uint64_t expirations = 0;
    if (read(timer_, &expirations, sizeof expirations) >= 0 || errno != ECANCELED)
      continue;
    arm(timer_); // first: any change from here on wakes it again
    const auto before = std::exchange(ahead, wall_ahead_of_boot());
    changed(ahead - before);
  }
}

} // namespace acr
