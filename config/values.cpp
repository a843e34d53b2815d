#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <numeric>
#include <utility>

#include <boost/algorithm/string/case_conv.hpp>

namespace acr::config {

namespace {

struct duration_unit {
  std::string_view name;
  double ms;
};
constexpr std::array<duration_unit, 8> units{{{"ns", 1e-6},
                                              {"us", 1e-3},
                                              {"\u00B5s", 1e-3}, // the micro sign
                                              {"\u03BCs", 1e-3}, // the Greek letter
                                              {"ms", 1},
                                              {"s", 1000},
                                              {"m", 60'000},
                                              {"h", 3'600'000}}};

/// One `number unit` of a duration, removed from `text`, in milliseconds.
std::optional<double> take_span(std::string_view& text) {
  const auto number_end = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto written = text.substr(0, number_end);
  double number = 0;
  const auto [stop, status] = std::from_chars(written.data(), written.data() + written.size(),
                                              number, std::chars_format::fixed);
  if (status != std::errc{} || stop != written.data() + written.size())
    return std::nullopt;
  text.remove_prefix(number_end);
  const auto name = text.substr(0, text.find_first_of("0123456789."));
  const auto* const unit = std::find_if(units.begin(), units.end(),
                                        [&](const duration_unit& u) { return u.name == name; });
  if (unit == units.end())
    return std::nullopt;
  text.remove_prefix(name.size());
  return number * unit->ms;
}

constexpr std::string_view full_width_comma = "\uFF0C";
constexpr std::string_view ideographic_comma = "\u3001";

/// Bytes of a comma at the beginning of `text`; 0: none.
std::size_t comma_length(std::string_view text) {
  if (text.starts_with(','))
    return 1;
  for (const auto comma : {full_width_comma, ideographic_comma})
    if (text.starts_with(comma))
      return comma.size();
  return 0;
}

} // namespace

std::string_view trimmed(std::string_view text) {
  // Space, tab, line ends; full-width, no-break and zero-width space; a stray byte order mark.
  constexpr std::array<std::string_view, 8> blanks{" ",      "\t",     "\r",     "\n",
                                                   "\u3000", "\u00A0", "\u200B", "\uFEFF"};
  const auto cut = [&](auto has, auto remove) {
    for (bool again = true; std::exchange(again, false);)
      for (const auto blank : blanks)
        if (has(blank)) {
          remove(blank.size());
          again = true;
        }
  };
  cut([&](auto blank) { return text.starts_with(blank); },
      [&](std::size_t size) { text.remove_prefix(size); });
  cut([&](auto blank) { return text.ends_with(blank); },
      [&](std::size_t size) { text.remove_suffix(size); });
  return text;
}

comma_list split_list(std::string_view text) {
  comma_list list;
  if (trimmed(text).empty())
    return list;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size();) {
    const auto comma = comma_length(text.substr(i));
    if (comma == 0 && i < text.size()) {
      ++i;
      continue;
    }
    if (comma > 1)
      list.full_width.push_back(i);
    const auto item = trimmed(text.substr(start, i - start));
    if (item.empty())
      list.empty.push_back(start);
    else
      list.items.push_back({item, static_cast<std::size_t>(item.data() - text.data())});
    if (i == text.size())
      break;
    i += comma;
    start = i;
  }
  return list;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+'))
    text.remove_prefix(1);
  if (text == "0")
    return std::chrono::milliseconds{0};
  if (text.empty())
    return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto span = take_span(text);
    if (!span)
      return std::nullopt;
    total += *span;
  }
  constexpr double a_year = 365.0 * 24 * 3'600'000;
  if (total > a_year)
    return std::nullopt;
  return std::chrono::milliseconds{static_cast<std::int64_t>(negative ? -total : total)};
}

std::optional<bool> parse_bool(std::string_view text) {
  const auto word = boost::to_lower_copy(std::string{trimmed(text)});
  if (word == "true" || word == "yes" || word == "on" || word == "y")
    return true;
  if (word == "false" || word == "no" || word == "off" || word == "n")
    return false;
  return std::nullopt;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto above = row[j + 1];
      row[j + 1] =
          std::min({above + 1, row[j] + 1, diagonal + static_cast<std::size_t>(a[i] != b[j])});
      diagonal = above;
    }
  }
  return row.back();
}

std::optional<std::string_view> suggestion(std::string_view word,
                                           std::span<const std::string_view> candidates) {
  if (word.size() > 64)
    return std::nullopt;
  const auto lower = boost::to_lower_copy(std::string{word});
  std::optional<std::string_view> best;
  std::size_t least = word.size() / 3 + 1;
  for (const auto candidate : candidates) {
    const auto d = distance(lower, boost::to_lower_copy(std::string{candidate}));
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const auto meant = suggestion(word, candidates);
  return meant ? ": did you mean " + std::string{*meant} + "?" : "";
}

} // namespace acr::config
