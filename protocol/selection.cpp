#include "protocol/selection.hpp"

#include <algorithm>

namespace acr {

namespace {

bool one_matches(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, name); });
}

} // namespace

bool selection::contains(std::string_view name) const {
  const bool chosen =
      all ||
      std::binary_search(names.begin(), names.end(), name,
                         [](std::string_view a, std::string_view b) { return a < b; }) ||
      one_matches(patterns, name);
  return chosen && !one_matches(excluded, name) &&
         (within.empty() || std::any_of(within.begin(), within.end(),
                                        [&](const selection& one) { return one.contains(name); }));
}

selection narrowed(const selection& chosen, const std::vector<selection>& some) {
  auto out = chosen;
  if (std::any_of(some.begin(), some.end(),
                  [](const selection& one) { return one == selection{true}; }))
    return out;
  out.within = some;
  selection names;
  if (!chosen.open())
    names.names = chosen.names;
  else if (std::any_of(some.begin(), some.end(), [](const selection& one) { return one.open(); }))
    return out;
  else
    for (const auto& one : some)
      names.names.insert(names.names.end(), one.names.begin(), one.names.end());
  std::sort(names.names.begin(), names.names.end());
  names.names.erase(std::unique(names.names.begin(), names.names.end()), names.names.end());
  std::erase_if(names.names, [&](const std::string& name) { return !out.contains(name); });
  return names.names.empty() ? out : names;
}

std::vector<std::string> selection::items(std::string_view word_for_all) const {
  std::vector<std::string> list;
  if (all)
    list.emplace_back(word_for_all);
  list.insert(list.end(), names.begin(), names.end());
  list.insert(list.end(), patterns.begin(), patterns.end());
  for (const auto& one : excluded)
    list.push_back("!" + one);
  return list;
}

std::string in_words(const selection& chosen, std::string_view between) {
  auto quoted = chosen;
  std::replace(quoted.names.begin(), quoted.names.end(), std::string{"all"},
               std::string{"\"all\""});
  std::string text;
  for (const auto& item : quoted.items())
    text.append(text.empty() ? "" : between).append(item);
  return text;
}

bool matches(std::string_view pattern, std::string_view name) {
  // On a mismatch, matching resumes where the last `*` takes one character more: without recursion,
  // and linear for a pattern with one `*`.
  std::size_t p = 0;
  std::size_t n = 0;
  auto star = std::string_view::npos;
  std::size_t taken = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::string as_expression(std::string_view pattern) {
  std::string text;
  for (const char c : pattern)
    if (c == '*')
      text += ".*";
    else if (c == '.')
      text += "[.]"; // no backslash, which CEL would take for its own
    else
      text += c;
  return text;
}

} // namespace acr
