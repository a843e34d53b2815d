#include "protocol/time.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace acr {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

/// Reads numbers of fixed width and literals from the front of a text.
class reader {
public:
  explicit reader(std::string_view text) : rest_{text} {}

  bool number(std::size_t width, int& out) {
    if (rest_.size() < width)
      return false;
    const char* end = rest_.data() + width;
    const auto [stop, status] = std::from_chars(rest_.data(), end, out);
    if (status != std::errc{} || stop != end || rest_[0] == '-')
      return false;
    rest_.remove_prefix(width);
    return true;
  }

  bool literal(std::string_view wanted) {
    if (!rest_.starts_with(wanted))
      return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }

  bool either(char upper, char lower) { return literal({&upper, 1}) || literal({&lower, 1}); }

  std::string_view rest() const { return rest_; }
  void skip(std::size_t count) { rest_.remove_prefix(count); }

private:
  std::string_view rest_;
};

std::optional<wall_time> assemble(int year, int month, int day, int hour, int minute, int second) {
  const year_month_day date{std::chrono::year{year},
                            std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  return wall_time{sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
                   seconds{second}};
}

milliseconds fraction_of_second(reader& in) {
  if (!in.literal("."))
    return {};
  int scale = 100;
  int millis = 0;
  while (!in.rest().empty() && in.rest()[0] >= '0' && in.rest()[0] <= '9') {
    millis += (in.rest()[0] - '0') * scale;
    scale /= 10;
    in.skip(1);
  }
  return milliseconds{millis};
}

} // namespace

std::string to_rfc3339(wall_time time) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  std::array<char, 64> buffer{};
  const int size = std::snprintf(
      buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {buffer.data(), static_cast<std::size_t>(size)};
}

std::optional<wall_time> parse_rfc3339(std::string_view text) {
  reader in{text};
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!(in.number(4, year) && in.literal("-") && in.number(2, month) && in.literal("-") &&
        in.number(2, day) && in.either('T', 't') && in.number(2, hour) && in.literal(":") &&
        in.number(2, minute) && in.literal(":") && in.number(2, second)))
    return std::nullopt;
  auto time = assemble(year, month, day, hour, minute, second);
  if (!time)
    return std::nullopt;
  *time += fraction_of_second(in);
  if (in.either('Z', 'z'))
    return in.rest().empty() ? time : std::nullopt;
  const bool east = in.literal("+");
  if (!east && !in.literal("-"))
    return std::nullopt;
  if (!(in.number(2, hour) && in.literal(":") && in.number(2, minute)) || !in.rest().empty())
    return std::nullopt;
  const auto offset = std::chrono::hours{hour} + std::chrono::minutes{minute};
  return east ? *time - offset : *time + offset;
}

std::string to_http_date(wall_time time) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  std::array<char, 64> buffer{};
  const int size = std::snprintf(
      buffer.data(), buffer.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      day_names.at(std::chrono::weekday{day}.c_encoding()), static_cast<unsigned>(date.day()),
      month_names.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {buffer.data(), static_cast<std::size_t>(size)};
}

std::optional<wall_time> parse_http_date(std::string_view text) {
  const auto comma = text.find(", ");
  if (comma != 3)
    return std::nullopt;
  reader in{text.substr(comma + 2)};
  int day = 0;
  if (!in.number(2, day) || !in.literal(" "))
    return std::nullopt;
  int month = 0;
  for (std::size_t i = 0; i < month_names.size() && month == 0; ++i)
    if (in.literal(month_names.at(i)))
      month = static_cast<int>(i) + 1;
  int year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (month == 0 ||
      !(in.literal(" ") && in.number(4, year) && in.literal(" ") && in.number(2, hour) &&
        in.literal(":") && in.number(2, minute) && in.literal(":") && in.number(2, second) &&
        in.literal(" GMT")) ||
      !in.rest().empty())
    return std::nullopt;
  return assemble(year, month, day, hour, minute, second);
}

wall_time system_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::chrono::milliseconds since_boot() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec});
}

} // namespace acr
