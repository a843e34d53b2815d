/// What the helper left in a cluster and may remove; pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "protocol/kubernetes/objects.hpp"

namespace acr::helper {

/// References to take out of one account.
struct account_cleanup {
  kubernetes::service_account seen;
  std::vector<std::string> names;
};

/// What is left alone: one object, and why.
struct left_object {
  std::string what; ///< "Secret", "reference to x in ServiceAccount"
  std::string name;
  std::string why;
};
/// A line each; of many that are left for the same reason one, with their number.
std::vector<std::string> in_words(const std::vector<left_object>& left);

struct cleanup_plan {
  std::vector<account_cleanup> unlink; ///< First: nothing may refer to what is gone.
  std::vector<kubernetes::object_meta> remove;
  std::vector<left_object> left;

  bool empty() const { return unlink.empty() && remove.empty(); }
};

/// `secrets`: those of the helper's four names, of all namespaces; `accounts`: all. A Secret goes
/// if managedFields say that we wrote it (a copy of one carries our label, too). A reference goes
/// where we wrote the list, or with the Secret that it names (one of `removed` is gone already);
/// with `all_references` also where there is no such Secret.
cleanup_plan plan_cleanup(const std::vector<kubernetes::secret>& secrets,
                          const std::vector<kubernetes::service_account>& accounts,
                          bool all_references,
                          const std::set<kubernetes::object_ref>& removed = {});

} // namespace acr::helper
