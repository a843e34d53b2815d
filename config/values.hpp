/// Small texts inside a configuration: lists, durations, names, and what a misspelt key meant.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acr::config {

/// Items of a comma list, trimmed, without empty ones. Full-width commas and spaces count as plain
/// ones: Chinese keyboards write them.
std::vector<std::string> split_list(std::string_view text);

/// Trimmed of spaces, tabs, line ends and full-width spaces.
std::string trimmed(std::string_view text);

/// A duration as Go writes it: `15m`, `900s`, `1h30m`, `1.5h`; nothing if it is none.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// RFC 1123 label: names of namespaces.
bool valid_label(std::string_view name);
/// RFC 1123 subdomain: names of ServiceAccounts.
bool valid_subdomain(std::string_view name);

/// `true` or `false` in the spellings of YAML 1.1; nothing for others.
std::optional<bool> parse_bool(std::string_view text);

/// The candidate that `word` is likely to mean (case ignored, at most a third of it wrong).
std::optional<std::string> suggestion(std::string_view word,
                                      std::span<const std::string_view> candidates);

} // namespace acr::config
