/// The output of `doctor`: findings as they arrive, also from the threads of actors, and their
/// number at the end.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/shutdown.hpp"
#include "tools/helper/findings.hpp"
#include "tools/helper/output.hpp"
#include "tools/helper/terminal.hpp"

namespace acr::helper {

/// What has passed since then.
inline std::chrono::milliseconds since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               begun);
}

class doctor_report {
public:
  explicit doctor_report(output_format format);

  void add(finding one);
  void good(std::string text) { add({finding_level::good, std::move(text), ""}); }

  /// Shows what is being waited for, until the next call.
  void waiting_for(std::string what) { shown_.doing(std::move(what)); }

  /// Only an answer shows the time at the service.
  void cloud_answered(bool now) { answered_ = answered_ || now; }
  bool cloud_answered() const { return answered_; }

  /// The count, or the whole document. Exit code 3: there is a fault.
  exit_code end();

private:
  output_format format_;
  bool colours_;
  std::atomic<bool> answered_{false};
  progress shown_;
  std::mutex guard_;
  std::vector<finding> all_;
};

} // namespace acr::helper
