#include "config/problems.hpp"

#include <algorithm>

#include <boost/algorithm/string/predicate.hpp>

#include "protocol/text.hpp"

namespace acr::config {

std::string shown(std::string_view text) {
  if (boost::icontains(text, "accesskey") || boost::icontains(text, "secret"))
    return {};
  constexpr std::size_t most = 60;
  const auto start = beginning(text, most);
  auto made = one_line(std::string{start});
  return start.size() < text.size() ? made + "..." : made;
}

void problem_list::add(severity level, std::string key, position at, std::string_view value,
                       std::string message) {
  worst_ = std::max(worst_, level);
  if (list_.size() < most_problems) {
    list_.push_back({level, std::move(key), at.line, at.column, shown(value), std::move(message)});
    return;
  }
  ++more_;
  worst_of_more_ = std::max(worst_of_more_, level);
}

std::vector<problem> problem_list::take() {
  if (more_ > 0)
    list_.push_back(
        {worst_of_more_, "", 0, 0, "", "and " + std::to_string(more_) + " more problems"});
  return std::move(list_);
}

} // namespace acr::config
