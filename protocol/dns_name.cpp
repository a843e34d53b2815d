#include "protocol/dns_name.hpp"

#include <algorithm>

namespace acr {

bool valid_dns_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool valid_dns_name(std::string_view name, bool wildcards) {
  if (name.size() > 253)
    return false;
  for (;;) {
    const auto dot = name.find('.');
    const auto label = name.substr(0, dot);
    if (!valid_dns_label(label) && !(wildcards && label == "*"))
      return false;
    if (dot == std::string_view::npos)
      return true;
    name.remove_prefix(dot + 1);
  }
}

} // namespace acr
