#include "config/values.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <boost/algorithm/string/trim.hpp>

namespace acr::config {

namespace {

/// Levenshtein distance.
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

std::optional<double> unit_in_ms(std::string_view unit) {
  if (unit == "ms")
    return 1;
  if (unit == "s")
    return 1000;
  if (unit == "m")
    return 60'000;
  if (unit == "h")
    return 3'600'000;
  return std::nullopt;
}

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

} // namespace

std::string trimmed(std::string_view text) {
  auto made = boost::replace_all_copy(std::string{text}, "\u3000", " ");
  boost::trim(made);
  return made;
}

std::vector<std::string> split_list(std::string_view text) {
  const auto plain = boost::replace_all_copy(std::string{text}, "\uFF0C", ",");
  std::vector<std::string> items;
  std::string_view rest = plain;
  while (true) {
    const auto comma = rest.find(',');
    if (auto item = trimmed(rest.substr(0, comma)); !item.empty())
      items.push_back(std::move(item));
    if (comma == std::string_view::npos)
      return items;
    rest.remove_prefix(comma + 1);
  }
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative)
    text.remove_prefix(1);
  if (text == "0")
    return std::chrono::milliseconds{0};
  if (text.empty())
    return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double number = 0;
    const auto [stop, status] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (status != std::errc{} || text[0] == '-')
      return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    const auto end = std::find_if(text.begin(), text.end(),
                                  [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
    const auto unit = unit_in_ms({text.begin(), end});
    if (!unit)
      return std::nullopt;
    total += number * *unit;
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
  constexpr double a_year = 365.0 * 24 * 3'600'000;
  if (total > a_year)
    return std::nullopt;
  return std::chrono::milliseconds{static_cast<std::int64_t>(negative ? -total : total)};
}

bool valid_label(std::string_view name) {
  return !name.empty() && name.size() <= 63 && letter_or_digit(name.front()) &&
         letter_or_digit(name.back()) && std::all_of(name.begin(), name.end(), [](char c) {
           return letter_or_digit(c) || c == '-';
         });
}

bool valid_subdomain(std::string_view name) {
  if (name.size() > 253)
    return false;
  while (true) {
    const auto dot = name.find('.');
    if (!valid_label(name.substr(0, dot)))
      return false;
    if (dot == std::string_view::npos)
      return true;
    name.remove_prefix(dot + 1);
  }
}

std::optional<bool> parse_bool(std::string_view text) {
  const auto word = boost::to_lower_copy(trimmed(text));
  if (word == "true" || word == "yes" || word == "on")
    return true;
  if (word == "false" || word == "no" || word == "off")
    return false;
  return std::nullopt;
}

std::optional<std::string> suggestion(std::string_view word,
                                      std::span<const std::string_view> candidates) {
  if (word.size() > 64)
    return std::nullopt;
  const auto lower = boost::to_lower_copy(std::string{word});
  std::optional<std::string> best;
  std::size_t least = word.size() / 3 + 1;
  for (const auto candidate : candidates) {
    const auto d = distance(lower, boost::to_lower_copy(std::string{candidate}));
    if (d < least) {
      least = d;
      best = std::string{candidate};
    }
  }
  return best;
}

} // namespace acr::config
