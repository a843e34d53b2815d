/// Required fields of an answer: errors name the field, never its content.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "protocol/failure.hpp"
#include "protocol/secret_string.hpp"
#include "protocol/time.hpp"

namespace acr::aliyun {

/// Reads fields of one object and remembers the first error; after that it returns empty values, so
/// that a reader checks once, at the end. `path` precedes field names: "Credentials.".
class field_reader {
public:
  field_reader(const boost::json::object& from, std::string path, std::optional<failure>& error)
      : from_{from}, path_{std::move(path)}, error_{error} {}

  /// A non-empty string.
  std::string text(std::string_view name);
  secret_string secret(std::string_view name);
  bool flag(std::string_view name);
  /// RFC 3339, later than `now`.
  wall_time time_after(std::string_view name, wall_time now);
  /// Milliseconds since 1970, as a number or as digits in a string; later than `now`.
  wall_time epoch_ms_after(std::string_view name, wall_time now);
  /// Null if it is missing or not an object.
  const boost::json::object* object(std::string_view name);
  const boost::json::array* array(std::string_view name);

  /// Reports a field as wrong, unless an earlier one was.
  void refuse(std::string_view name, std::string_view what);

private:
  const boost::json::value* find(std::string_view name);
  wall_time later(std::string_view name, std::optional<wall_time> time, wall_time now);

  const boost::json::object& from_;
  std::string path_;
  std::optional<failure>& error_;
};

} // namespace acr::aliyun
