#include "protocol/kubernetes/objects.hpp"

#include <algorithm>

namespace acr::kubernetes {

namespace {

bool is_version_number(const std::string& text) {
  return !text.empty() && (text.size() == 1 || text.front() != '0') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

const object_meta& meta_of(const object& value) {
  return std::visit([](const auto& held) -> const object_meta& { return held.meta; }, value);
}

bool newer(const std::string& a, const std::string& b) {
  if (!is_version_number(a) || !is_version_number(b))
    return false;
  // They may exceed 64 bits: without leading zeros, the longer one is the greater one.
  return a.size() != b.size() ? a.size() > b.size() : a > b;
}

} // namespace acr::kubernetes
