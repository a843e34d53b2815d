/// Small texts inside a configuration: lists, durations, names, and suggestions for misspelt keys.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acr::config {

/// Trimmed of tabs, line ends, and spaces, also full-width, no-break and zero-width ones.
std::string_view trimmed(std::string_view text);

struct list_item {
  std::string_view text;  ///< Trimmed.
  std::size_t offset = 0; ///< Of the item in the list's text, in bytes.
};

/// A comma list as people write it.
struct comma_list {
  std::vector<list_item> items; ///< Without empty ones. They refer to the text.
  /// Empty places between two commas, or before the first or after the last one.
  std::vector<std::size_t> empty;
  /// Positions of full-width commas, as on Chinese keyboards; they count as commas.
  std::vector<std::size_t> full_width;
};
comma_list split_list(std::string_view text);

/// A duration in Go's format: `15m`, `900s`, `1h30m`, `1.5h`; nothing if it is invalid, or longer
/// than a year.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// `true` or `false` in the spellings of YAML 1.1; otherwise nothing.
std::optional<bool> parse_bool(std::string_view text);

/// How many letters must be changed, added or removed (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b);

/// The candidate that `word` probably means (case ignored, less than a third of it wrong).
std::optional<std::string_view> suggestion(std::string_view word,
                                           std::span<const std::string_view> candidates);

/// `: did you mean X?`, or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

} // namespace acr::config
