/// Columns and times for people at a terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/time.hpp"

namespace acr::helper {

using table_row = std::vector<std::string>;

/// Columns as wide as their widest cell, two blanks between; no blanks at the ends of lines.
std::string text_table(const std::vector<table_row>& rows);

/// "in 42 min", "3 h ago", "now"; "-" if either time is missing.
std::string relative(const std::optional<wall_time>& at, const std::optional<wall_time>& now);

} // namespace acr::helper
