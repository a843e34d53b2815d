/// One line per state change: an event name, fields, and a sentence for people.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/time.hpp"

namespace acr {

enum class log_level : std::uint8_t { debug, info, warning, error };

const char* to_string(log_level level) noexcept;

/// "debug", "info", "warning" (or "warn") or "error"; nothing if it is none of them.
std::optional<log_level> parse_log_level(std::string_view text);

enum class log_format : std::uint8_t { text, json };

/// A named value of a line. There is no constructor from `secret_string`.
struct log_field {
  std::string_view key;
  std::variant<std::string, std::int64_t, bool> value;

  log_field(std::string_view name, std::string_view text) : key{name}, value{std::string{text}} {}
  log_field(std::string_view name, const std::string& text) : key{name}, value{text} {}
  log_field(std::string_view name, const char* text) : key{name}, value{std::string{text}} {}
  log_field(std::string_view name, std::int64_t number) : key{name}, value{number} {}
  log_field(std::string_view name, int number) : key{name}, value{std::int64_t{number}} {}
  log_field(std::string_view name, std::size_t number)
      : key{name}, value{static_cast<std::int64_t>(number)} {}
  log_field(std::string_view name, bool flag) : key{name}, value{flag} {}
  log_field(std::string_view name, wall_time time) : key{name}, value{to_rfc3339(time)} {}
};

/// One line before it is formatted. `event` is stable and documented; `message` may change.
struct log_record {
  log_level level = log_level::info;
  std::string_view event;
  std::string_view message;
  std::vector<log_field> fields;
};

/// Formats a record as one line without its end: control characters are escaped in both forms.
/// Text: `2026-01-02T03:04:05.678Z INFO  token_issued instance=cri-1 expires=... "message"`.
std::string format_line(const log_record& record, wall_time now, log_format format);

/// Where actors write. Copies share one sink; thread-safe.
class logger {
public:
  using sink = std::function<void(const log_record&)>;

  /// Discards everything.
  logger() = default;
  logger(sink write, log_level least);

  void debug(std::string_view event, std::string_view message,
             std::initializer_list<log_field> fields = {}) const;
  void info(std::string_view event, std::string_view message,
            std::initializer_list<log_field> fields = {}) const;
  void warning(std::string_view event, std::string_view message,
               std::initializer_list<log_field> fields = {}) const;
  void error(std::string_view event, std::string_view message,
             std::initializer_list<log_field> fields = {}) const;
  /// With the failure's parts as fields: reason, step, service_code, request_id, status, detail,
  /// and if known cause_id, cause, remedy and diagnostic.
  void failed(log_level level, std::string_view event, std::string_view message,
              const failure& reason, std::initializer_list<log_field> fields = {}) const;

  bool enabled(log_level level) const noexcept { return write_ && level >= least_; }

private:
  void write(log_level level, std::string_view event, std::string_view message,
             std::vector<log_field> fields) const;

  std::shared_ptr<const sink> write_;
  log_level least_ = log_level::info;
};

/// Lines to stderr through a bounded queue and its own thread: a blocked reader or a full disk
/// costs the oldest lines, never a handler's time. Queued lines are written at destruction, for at
/// most a moment.
logger make_stderr_logger(log_level least, log_format format);

} // namespace acr
