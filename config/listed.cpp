#include "config/listed.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "config/values.hpp"

namespace acr::config {

namespace {

/// Replaces comment lines by blanks: everything else keeps its position.
std::string without_comment_lines(std::string text) {
  for (std::size_t start = 0; start < text.size();) {
    const auto end = std::min(text.find('\n', start), text.size());
    const auto first = text.find_first_not_of(" \t", start);
    if (first < end && text[first] == '#')
      std::fill(text.begin() + static_cast<std::ptrdiff_t>(first),
                text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    start = end + 1;
  }
  return text;
}

listed_texts of_list(const node& list) {
  listed_texts found;
  for (const auto& item : list.items)
    found.items.push_back({std::string{trimmed(item.text)}, item.at, item.is_text()});
  return found;
}

/// The list inside the text, if there is one.
std::optional<node> list_within(const node& value, std::string_view plain) {
  const auto start = trimmed(plain);
  if (!start.starts_with('[') && !start.starts_with("- "))
    return std::nullopt;
  problem_list untold; // if it is no list, it is reported as invalid names
  auto inner = load(value.text, "", value.inside, untold);
  return inner && inner->is_list() ? std::move(inner) : std::nullopt;
}

} // namespace

std::optional<listed_texts> read_listed(const node& value, std::size_t most) {
  if (value.is_list())
    return of_list(value);
  if (!value.is_text())
    return std::nullopt;
  const auto plain = without_comment_lines(value.text);
  if (const auto inner = list_within(value, plain))
    return of_list(*inner);
  listed_texts found;
  const auto list = split_list(plain);
  if (!list.empty.empty())
    found.empty = value.position_of(list.empty.front());
  if (!list.full_width.empty())
    found.full_width = value.position_of(list.full_width.front());
  for (const auto& item : list.items)
    for (auto rest = item.text; !rest.empty();) {
      const auto line = rest.substr(0, rest.find('\n'));
      const auto text = trimmed(line);
      const auto offset = static_cast<std::size_t>(text.data() - plain.data());
      if (!text.empty())
        found.items.push_back({std::string{text},
                               found.items.size() > most ? position{} : value.position_of(offset)});
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
  return found;
}

} // namespace acr::config
