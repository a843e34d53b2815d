/// What a new configuration changes, so that only that is touched.
#pragma once

#include <string>
#include <vector>

#include "config/model.hpp"

namespace acr::config {

/// An entry that is called something else now, since entries of the same instance came or went.
struct renaming {
  std::string before;
  std::string after;

  friend bool operator==(const renaming&, const renaming&) = default;
};

struct difference {
  /// Below, they are found under their new names. An entry whose roles changed, the only one of its
  /// instance that did, is among them: it is the same entry, and means something else.
  std::vector<renaming> renamed;
  std::vector<std::string> gone;  ///< Instances that are no longer there.
  std::vector<std::string> fresh; ///< New ones, and such as mean something else now.
  std::vector<std::string> moved; ///< Their domains differ, nothing else: a password stays good.
  std::vector<std::string> untouched; ///< Whatever else changes, they go on.
  bool threshold = false;             ///< When to renew.
  bool scope = false;                 ///< Namespaces or accounts.
  /// What the Secrets hold: instances, their order, domains and namespaces, email.
  bool entries = false;

  bool empty() const;
};

/// From `before` (null: from nothing) to `after`. Instances are distinguished by their names, and
/// by what they mean where those changed, and listed in the order of the configuration that has
/// them.
difference diff(const configuration* before, const configuration& after);

} // namespace acr::config
