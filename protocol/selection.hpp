/// A set of names, or all of them: which namespaces and accounts are in scope.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace acr {

struct selection {
  bool all = false;
  std::vector<std::string> names; ///< Sorted, without doubles; meaningless if `all`.

  bool contains(const std::string& name) const {
    return all || std::binary_search(names.begin(), names.end(), name);
  }
  friend bool operator==(const selection&, const selection&) = default;
};

} // namespace acr
