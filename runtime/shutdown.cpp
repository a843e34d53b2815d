#include "runtime/shutdown.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace acr {

namespace {

int checked(int descriptor, const char* what) {
  if (descriptor < 0)
    throw std::system_error{errno, std::generic_category(), what};
  return descriptor;
}

} // namespace

void harden_process() noexcept {
  prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  std::signal(SIGPIPE, SIG_IGN);
}

termination::termination() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = checked(signalfd(-1, &set, SFD_CLOEXEC), "signalfd");
  requests_ = checked(eventfd(0, EFD_CLOEXEC), "eventfd");
}

termination::~termination() {
  close(signals_);
  close(requests_);
}

exit_code termination::wait() {
  std::array<pollfd, 2> fds{{{signals_, POLLIN, 0}, {requests_, POLLIN, 0}}};
  while (poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {
  }
  if ((fds[1].revents & POLLIN) == 0)
    return exit_code::orderly;
  std::uint64_t value = 0;
  if (read(requests_, &value, sizeof value) != sizeof value)
    return exit_code::gave_up;
  return static_cast<exit_code>(value - 1);
}

void termination::request(exit_code code) {
  if (requested_.exchange(true))
    return; // the counter would add up
  // An event counter cannot carry 0: the code travels with 1 added.
  const auto value = static_cast<std::uint64_t>(code) + 1;
  [[maybe_unused]] const auto written = write(requests_, &value, sizeof value);
}

watchdog::watchdog(std::chrono::milliseconds limit, exit_code code)
    : thread_{[this, limit, code] {
        std::unique_lock lock{mutex_};
        if (!changed_.wait_for(lock, limit, [this] { return done_; }))
          _exit(static_cast<int>(code));
      }} {}

watchdog::~watchdog() {
  {
    const std::lock_guard lock{mutex_};
    done_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

} // namespace acr
