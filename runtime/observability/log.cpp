#include "runtime/observability/log.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace acr {

namespace {

/// RFC 3339 with milliseconds.
std::string stamp(wall_time now) {
  std::string text = to_rfc3339(now);
  const auto millis = (now.time_since_epoch() % 1000 + std::chrono::milliseconds{1000}) % 1000;
  std::string digits = std::to_string(millis.count());
  text.pop_back();
  return text + "." + std::string(3 - digits.size(), '0') + digits + "Z";
}

bool plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > ' ' && c != '"' && c != '=' && c != 0x7f;
  });
}

std::string in_quotes(std::string_view text) {
  return plain(text) ? std::string{text} : boost::json::serialize(boost::json::string{text});
}

std::string text_of(const log_field& field) {
  if (const auto* text = std::get_if<std::string>(&field.value))
    return in_quotes(*text);
  if (const auto* number = std::get_if<std::int64_t>(&field.value))
    return std::to_string(*number);
  return std::get<bool>(field.value) ? "true" : "false";
}

std::string as_text(const log_record& record, wall_time now) {
  std::string level = to_string(record.level);
  boost::to_upper(level);
  level.resize(7, ' ');
  std::string line = stamp(now) + " " + level + " " + std::string{record.event};
  for (const auto& field : record.fields)
    line.append(" ").append(field.key).append("=").append(text_of(field));
  return line + " " + boost::json::serialize(boost::json::string{record.message});
}

std::string as_json(const log_record& record, wall_time now) {
  boost::json::object line{{"time", stamp(now)},
                           {"level", to_string(record.level)},
                           {"event", record.event},
                           {"message", record.message}};
  for (const auto& field : record.fields)
    std::visit([&](const auto& value) { line[field.key] = value; }, field.value);
  return boost::json::serialize(line);
}

} // namespace

const char* to_string(log_level level) noexcept {
  constexpr std::array names{"debug", "info", "warning", "error"};
  return names.at(static_cast<std::size_t>(level));
}

std::optional<log_level> parse_log_level(std::string_view text) {
  if (text == "warn")
    return log_level::warning;
  for (auto level : {log_level::debug, log_level::info, log_level::warning, log_level::error})
    if (text == to_string(level))
      return level;
  return std::nullopt;
}

std::string format_line(const log_record& record, wall_time now, log_format format) {
  return format == log_format::text ? as_text(record, now) : as_json(record, now);
}

logger::logger(sink write, log_level least)
    : write_{std::make_shared<const sink>(std::move(write))}, least_{least} {}

void logger::write(log_level level, std::string_view event, std::string_view message,
                   std::vector<log_field> fields) const {
  if (enabled(level))
    (*write_)(log_record{level, event, message, std::move(fields)});
}

void logger::debug(std::string_view event, std::string_view message,
                   std::initializer_list<log_field> fields) const {
  write(log_level::debug, event, message, fields);
}

void logger::info(std::string_view event, std::string_view message,
                  std::initializer_list<log_field> fields) const {
  write(log_level::info, event, message, fields);
}

void logger::warning(std::string_view event, std::string_view message,
                     std::initializer_list<log_field> fields) const {
  write(log_level::warning, event, message, fields);
}

void logger::error(std::string_view event, std::string_view message,
                   std::initializer_list<log_field> fields) const {
  write(log_level::error, event, message, fields);
}

void logger::failed(log_level level, std::string_view event, std::string_view message,
                    const failure& reason, std::initializer_list<log_field> fields) const {
  std::vector<log_field> all{fields};
  all.emplace_back("reason", to_string(reason.code));
  if (!reason.step.empty())
    all.emplace_back("step", reason.step);
  if (!reason.service_code.empty())
    all.emplace_back("service_code", reason.service_code);
  if (reason.status != 0)
    all.emplace_back("status", reason.status);
  if (!reason.request_id.empty())
    all.emplace_back("request_id", reason.request_id);
  if (!reason.message.empty())
    all.emplace_back("detail", reason.message);
  if (!reason.cause.empty()) {
    all.emplace_back("cause_id", reason.cause_id);
    all.emplace_back("cause", reason.cause);
    all.emplace_back("remedy", reason.remedy);
  }
  if (!reason.diagnostic.empty())
    all.emplace_back("diagnostic", reason.diagnostic);
  write(level, event, message, std::move(all));
}

} // namespace acr
