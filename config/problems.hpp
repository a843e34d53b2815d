/// Collects the problems of a configuration, so that all are reported at once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/model.hpp"

namespace acr::config {

/// 1-based, in the user's document; 0: none. Columns count characters.
struct position {
  int line = 0;
  int column = 0;

  friend bool operator==(const position&, const position&) = default;
};

/// A text of the user for display: at most 60 characters, control characters replaced; withheld if
/// it might contain an AccessKey, as when a missing blank after a colon has made one text of a
/// field and its value.
std::string shown(std::string_view text);

/// Reported one by one; above that only counted.
inline constexpr std::size_t most_problems = 100;

class problem_list {
public:
  /// `value` is the user's text; it is passed through `shown`. The message must not quote it
  /// otherwise.
  void add(severity level, std::string key, position at, std::string_view value,
           std::string message);
  bool fatal() const { return worst_ == severity::fatal; }
  std::vector<problem> take();

private:
  std::vector<problem> list_;
  severity worst_ = severity::warning;
  std::size_t more_ = 0;
  severity worst_of_more_ = severity::warning;
};

} // namespace acr::config
