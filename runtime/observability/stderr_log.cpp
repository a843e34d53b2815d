#include <memory>

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "runtime/observability/log.hpp"

namespace acr {

namespace {

constexpr std::size_t queued_lines = 2048; // 400 bytes each, even if empty

/// Owns the queue and its thread during a logger's lifetime.
struct stderr_writer {
  stderr_writer() {
    lines.set_level(spdlog::level::trace);
    lines.set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
  }

  std::shared_ptr<spdlog::details::thread_pool> pool =
      std::make_shared<spdlog::details::thread_pool>(queued_lines, 1);
  std::shared_ptr<spdlog::async_logger> owner = std::make_shared<spdlog::async_logger>(
      "acr", std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool,
      spdlog::async_overflow_policy::overrun_oldest);
  spdlog::async_logger& lines = *owner;
};

} // namespace

logger make_stderr_logger(log_level least, log_format format) {
  auto writer = std::make_shared<stderr_writer>();
  return {[writer, format](const log_record& record) {
            writer->lines.log(spdlog::level::info,
                              spdlog::string_view_t{format_line(record, system_now(), format)});
          },
          least};
}

} // namespace acr
