#include "tools/helper/text_table.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace acr::helper {

std::string relative(const std::optional<wall_time>& at, const std::optional<wall_time>& now) {
  if (!at || !now)
    return "-";
  const auto span = std::chrono::duration_cast<std::chrono::seconds>(*at - *now).count();
  if (span == 0)
    return "now";
  const auto size = span < 0 ? -span : span;
  const auto words = size >= 7200  ? std::to_string(size / 3600) + " h"
                     : size >= 120 ? std::to_string(size / 60) + " min"
                                   : std::to_string(size) + " s";
  return span < 0 ? words + " ago" : "in " + words;
}

std::string text_table(const std::vector<table_row>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& cells : rows)
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (widths.size() <= i)
        widths.push_back(0);
      widths[i] = std::max(widths[i], cells[i].size());
    }
  std::string text;
  for (const auto& cells : rows) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i)
      line += cells[i] + std::string(widths[i] - cells[i].size() + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

} // namespace acr::helper
