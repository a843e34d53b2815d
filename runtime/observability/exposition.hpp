/// The text format in which Prometheus reads metrics (0.0.4): names, labels, values.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace acr {

inline constexpr const char* exposition_type = "text/plain; version=0.0.4; charset=utf-8";

/// Writes one family after the other: its samples follow `family`.
class exposition {
public:
  using labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// `type`: counter, gauge or histogram. `name` must be a valid metric name, `help` one line.
  void family(std::string_view name, std::string_view type, std::string_view help);
  /// A sample of the current family; `suffix` for the parts of a histogram ("_bucket").
  void sample(double value, labels with = {}, std::string_view suffix = {});

  std::string take() { return std::exchange(text_, {}); }

private:
  std::string text_;
  std::string name_;
};

} // namespace acr
