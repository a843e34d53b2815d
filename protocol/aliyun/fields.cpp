#include "protocol/aliyun/fields.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

#include <boost/json/value.hpp>

namespace acr::aliyun {

namespace json = boost::json;

namespace {

// Year 9999: well within the range of wall_time.
constexpr std::int64_t last_ms = 253402300799999;

std::optional<std::int64_t> integer(const json::value& value) {
  if (const auto* number = value.if_int64())
    return *number;
  if (const auto* number = value.if_double(); number != nullptr && std::floor(*number) == *number &&
                                              *number >= 0 && *number <= double(last_ms))
    return static_cast<std::int64_t>(*number);
  if (const auto* text = value.if_string()) {
    std::int64_t number = 0;
    const auto* end = text->data() + text->size();
    const auto [stop, status] = std::from_chars(text->data(), end, number);
    if (status == std::errc{} && stop == end)
      return number;
  }
  return std::nullopt;
}

} // namespace

const json::value* field_reader::find(std::string_view name) {
  const auto* found = from_.if_contains(name);
  if (found == nullptr || found->is_null())
    refuse(name, "is missing");
  return error_ ? nullptr : found;
}

void field_reader::refuse(std::string_view name, std::string_view what) {
  if (error_)
    return;
  error_.emplace();
  error_->code = errc::malformed_answer;
  error_->message = path_ + std::string{name} + ' ' + std::string{what};
}

std::string field_reader::text(std::string_view name) { return std::string{secret(name).reveal()}; }

secret_string field_reader::secret(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr)
    return {};
  const auto* text = value->if_string();
  if (text == nullptr)
    refuse(name, "is not a string");
  else if (text->empty())
    refuse(name, "is empty");
  return error_ ? secret_string{} : secret_string{std::string_view{*text}};
}

bool field_reader::flag(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr)
    return false;
  if (const auto* flag = value->if_bool())
    return *flag;
  refuse(name, "is not true or false");
  return false;
}

wall_time field_reader::later(std::string_view name, std::optional<wall_time> time, wall_time now) {
  if (!time)
    refuse(name, "is not a time");
  else if (*time <= now)
    refuse(name, "is in the past (is this machine's clock right?)");
  return error_ ? wall_time{} : *time;
}

wall_time field_reader::time_after(std::string_view name, wall_time now) {
  const auto content = text(name);
  return error_ ? wall_time{} : later(name, parse_rfc3339(content), now);
}

wall_time field_reader::epoch_ms_after(std::string_view name, wall_time now) {
  const auto* value = find(name);
  if (value == nullptr)
    return {};
  std::optional<wall_time> time;
  if (const auto number = integer(*value); number && *number >= 0 && *number <= last_ms)
    time = wall_time{std::chrono::milliseconds{*number}};
  return later(name, time, now);
}

const json::object* field_reader::object(std::string_view name) {
  const auto* value = find(name);
  if (value != nullptr && !value->is_object())
    refuse(name, "is not an object");
  return error_ ? nullptr : value->if_object();
}

const json::array* field_reader::array(std::string_view name) {
  const auto* value = find(name);
  if (value != nullptr && !value->is_array())
    refuse(name, "is not an array");
  return error_ ? nullptr : value->if_array();
}

} // namespace acr::aliyun
