/// The two kinds of time. Timers run on the actor system's monotonic clock; expiry is wall time.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace acr {

/// Wall time (UTC) in milliseconds: what servers put into answers.
using wall_time = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// Returns the wall time; injected, so that a test can control it.
using wall_clock = std::function<wall_time()>;

/// `2026-01-02T03:04:05Z`, the only form that Alibaba Cloud reads; fractions are dropped.
std::string to_rfc3339(wall_time time);

/// Reads RFC 3339 with any fraction and any offset; nothing if malformed.
std::optional<wall_time> parse_rfc3339(std::string_view text);

/// `Fri, 02 Jan 2026 03:04:05 GMT`, as in the HTTP headers Date and Retry-After (RFC 9110, 5.6.7).
std::string to_http_date(wall_time time);

/// Reads the preferred form of an HTTP date; nothing if malformed.
std::optional<wall_time> parse_http_date(std::string_view text);

/// The clocks of the machine. Programs pass them to all that need a clock; tests pass others.
wall_time system_now();
/// Milliseconds since boot, sleep included; never set (CLOCK_BOOTTIME).
std::chrono::milliseconds since_boot();

} // namespace acr
