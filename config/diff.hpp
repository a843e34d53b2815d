/// The differences of a new configuration, so that only these are applied.
#pragma once

#include <string>
#include <vector>

#include "config/model.hpp"

namespace acr::config {

/// An entry whose name has changed, since entries of the same instance were added or removed.
struct renaming {
  std::string before;
  std::string after;

  friend bool operator==(const renaming&, const renaming&) = default;
};

struct difference {
  /// The other members use their new names. An entry whose roles changed, the only one of its
  /// instance that did, is among them: it is the same entry with another meaning.
  std::vector<renaming> renamed;
  std::vector<std::string> gone;      ///< Instances that were removed.
  std::vector<std::string> fresh;     ///< New ones, and those whose meaning has changed.
  std::vector<std::string> moved;     ///< Only their domains differ: a credential stays valid.
  std::vector<std::string> untouched; ///< Not affected by any other change.
  bool threshold = false;             ///< When to renew.
  bool scope = false;                 ///< Namespaces or accounts.
  /// The content of Secrets: instances, their order, domains and namespaces, email.
  bool entries = false;

  bool empty() const;
};

/// From `before` (null: from nothing) to `after`. Instances are matched by their names, or by their
/// meaning where those changed, and listed in the order of the configuration that has them.
difference diff(const configuration* before, const configuration& after);

} // namespace acr::config
