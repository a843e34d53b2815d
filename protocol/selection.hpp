/// Which namespaces and accounts are in scope: names, patterns and exclusions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace acr {

/// Each list is sorted, without duplicates. With neither `all` nor a pattern there are no
/// exclusions either: the names are the whole selection.
struct selection {
  bool all = false;
  std::vector<std::string> names{};    ///< Empty if `all`.
  std::vector<std::string> patterns{}; ///< Names with `*` for any characters; empty if `all`.
  std::vector<std::string> excluded{}; ///< Names and patterns that are excluded.
  /// If there are any: only what one of these selects as well.
  std::vector<selection> within{};

  bool contains(std::string_view name) const;
  /// Whether the selection depends on what exists: `names` alone do not determine it.
  bool open() const { return all || !patterns.empty(); }
  /// As in a configuration: the word for all, names, patterns, and `!` before exclusions; without
  /// `within`.
  std::vector<std::string> items(std::string_view word_for_all = "all") const;

  friend bool operator==(const selection&, const selection&) = default;
};

/// What `chosen` and at least one of `some` select; a list of names where possible.
selection narrowed(const selection& chosen, const std::vector<selection>& some);

/// The items joined by `between`, without `within`. A name that equals the word for all is quoted.
std::string in_words(const selection& chosen, std::string_view between = ",");

/// Whether the name matches the pattern, in which `*` stands for any characters, including none.
bool matches(std::string_view pattern, std::string_view name);

/// The pattern as a regular expression (RE2), usable as an alternative within one.
std::string as_expression(std::string_view pattern);

} // namespace acr
