/// Which namespaces and accounts are in scope: names, patterns and exclusions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace acr {

/// Each list sorted, without doubles. Where neither `all` nor a pattern is given, there are no
/// exclusions either: the names are all that is selected.
struct selection {
  bool all = false;
  std::vector<std::string> names{};    ///< Empty if `all`.
  std::vector<std::string> patterns{}; ///< Names with `*` for any characters; empty if `all`.
  std::vector<std::string> excluded{}; ///< Names and patterns that are not selected, after all.
  /// If there are any: nothing is selected that none of these selects as well.
  std::vector<selection> within{};

  bool contains(std::string_view name) const;
  /// Whether what is selected depends on what there is: `names` do not tell it alone.
  bool open() const { return all || !patterns.empty(); }
  /// As a configuration has it: the word for all, names, patterns, and `!` before exclusions;
  /// without `within`.
  std::vector<std::string> items(std::string_view word_for_all = "all") const;

  friend bool operator==(const selection&, const selection&) = default;
};

/// What `chosen` and at least one of `some` select. A list of names where that can be told.
selection narrowed(const selection& chosen, const std::vector<selection>& some);

/// The items with `between` between them, without `within`. A name that is the word for all stands
/// in quotes.
std::string in_words(const selection& chosen, std::string_view between = ",");

/// Whether the name is of the pattern, in which `*` stands for any characters, also for none.
bool matches(std::string_view pattern, std::string_view name);

/// A pattern as a regular expression (RE2), as an alternative within one.
std::string as_expression(std::string_view pattern);

} // namespace acr
