/// How the process begins and ends: what must be set before the first thread, and a bounded stop.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace acr {

/// What the process exits with. Documented in the README.
enum class exit_code : int {
  orderly = 0,      ///< Stopped by SIGTERM or SIGINT.
  cannot_start = 1, ///< Kubeconfig, files or credentials of the start are not usable.
  usage = 2,        ///< The command line is wrong.
  gave_up = 3,      ///< A part of the program died again and again.
  stuck = 4,        ///< It did not stop within the time allowed, and was ended.
};

/// No core files and no ptrace by other processes of the user (both would show secrets), and no
/// death by SIGPIPE.
void harden_process() noexcept;

/// Waits for the end. To be made before any thread is started, in the main thread: it blocks
/// SIGTERM and SIGINT for all of them.
class termination {
public:
  termination();
  termination(const termination&) = delete;
  termination& operator=(const termination&) = delete;
  ~termination();

  /// Blocks until a signal comes or someone calls `request`.
  exit_code wait();
  /// From any thread: end with this code. The first one counts.
  void request(exit_code code);

private:
  int signals_ = -1;
  int requests_ = -1;
  std::atomic<bool> requested_ = false;
};

/// Ends the process at once if it is not destroyed in time.
class watchdog {
public:
  watchdog(std::chrono::milliseconds limit, exit_code code);
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog();

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

} // namespace acr
