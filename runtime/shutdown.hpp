/// Start and end of the process: settings before the first thread, and a bounded stop.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace acr {

/// The exit codes of the process. Documented in the README.
enum class exit_code : int {
  orderly = 0,      ///< Stopped by SIGTERM or SIGINT.
  cannot_start = 1, ///< Kubeconfig, files or credentials are unusable at the start.
  usage = 2,        ///< The command line is wrong.
  gave_up = 3,      ///< A component crashed repeatedly.
  stuck = 4,        ///< It did not stop within the time allowed, and was killed.
};

/// Disables core files and ptrace by other processes of the user (both would show secrets), and
/// ignores SIGPIPE.
void harden_process() noexcept;

/// Waits for the end. Must be constructed before any thread is started, in the main thread: it
/// blocks SIGTERM and SIGINT for all of them.
class termination {
public:
  termination();
  termination(const termination&) = delete;
  termination& operator=(const termination&) = delete;
  ~termination();

  /// Blocks until a signal arrives or `request` is called.
  exit_code wait();
  /// Ends with this code; from any thread. The first call counts.
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
