#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <poll.h>
#include <unistd.h>

#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include "runtime/observability/log.hpp"

namespace acr {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t queued_lines = 2048; // 400 bytes each, even if empty
constexpr auto moment = std::chrono::seconds{1};
constexpr int look_again_ms = 100;
constexpr std::size_t never_blocks = 4096; // a pipe that is ready takes as much at once

/// Waits for a slow reader, at the end for a moment more. Used by the queue's thread alone.
class patient_stderr final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
  /// Gives up what cannot be written soon; from any thread.
  void hurry() { until_ = steady_clock::now() + moment; }

private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    text_.assign(line.payload.data(), line.payload.size());
    text_ += '\n';
    write_all(text_);
  }
  void flush_() override {}

  void write_all(std::string_view text) {
    while (!text.empty() && ready()) {
      const auto written =
          write(STDERR_FILENO, text.data(), std::min<std::size_t>(text.size(), never_blocks));
      if (written >= 0)
        text.remove_prefix(static_cast<std::size_t>(written));
      else if (errno != EINTR && errno != EAGAIN)
        return;
    }
  }

  bool ready() {
    while (steady_clock::now() < until_.load()) {
      pollfd fd{STDERR_FILENO, POLLOUT, 0};
      const int found = poll(&fd, 1, look_again_ms);
      if (found > 0)
        return true; // an error, too: the write reports it
      if (found < 0 && errno != EINTR)
        return false;
    }
    return false;
  }

  std::string text_;
  std::atomic<steady_clock::time_point> until_ = steady_clock::time_point::max();
};

/// Owns the queue and its thread during a logger's lifetime.
struct stderr_writer {
  stderr_writer() { owner->set_level(spdlog::level::trace); }
  stderr_writer(const stderr_writer&) = delete;
  stderr_writer& operator=(const stderr_writer&) = delete;
  ~stderr_writer() { out->hurry(); } // the queue writes, or drops, what it holds before it ends

  std::shared_ptr<patient_stderr> out = std::make_shared<patient_stderr>();
  std::shared_ptr<spdlog::details::thread_pool> pool =
      std::make_shared<spdlog::details::thread_pool>(queued_lines, 1);
  std::shared_ptr<spdlog::async_logger> owner = std::make_shared<spdlog::async_logger>(
      "acr", out, pool, spdlog::async_overflow_policy::overrun_oldest);
};

} // namespace

logger make_stderr_logger(log_level least, log_format format) {
  auto writer = std::make_shared<stderr_writer>();
  return {[writer, format](const log_record& record) {
            writer->owner->log(spdlog::level::info,
                               spdlog::string_view_t{format_line(record, system_now(), format)});
          },
          least};
}

} // namespace acr
