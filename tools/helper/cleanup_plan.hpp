/// Objects of the helper in a cluster that may be removed; pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "protocol/kubernetes/objects.hpp"

namespace acr::helper {

/// References to remove from one account.
struct account_cleanup {
  kubernetes::service_account seen;
  std::vector<std::string> names;
};

/// An object that is left alone, and why.
struct left_object {
  std::string what; ///< "Secret", "reference to x in ServiceAccount"
  std::string name;
  std::string why;
};
/// A line each; several with the same reason share one, with their number.
std::vector<std::string> in_words(const std::vector<left_object>& left);

struct cleanup_plan {
  std::vector<account_cleanup> unlink; ///< First: no reference may outlive its Secret.
  std::vector<kubernetes::object_meta> remove;
  std::vector<left_object> left;

  bool empty() const { return unlink.empty() && remove.empty(); }
};

/// `secrets`: those of the helper's four names, of all namespaces; `accounts`: all. A Secret is
/// removed if managedFields show that we wrote it (a copy of one carries our label, too). A
/// reference is removed where we wrote the list, or with the Secret that it names (one of `removed`
/// is gone already); with `all_references` also where there is no such Secret.
cleanup_plan plan_cleanup(const std::vector<kubernetes::secret>& secrets,
                          const std::vector<kubernetes::service_account>& accounts,
                          bool all_references,
                          const std::set<kubernetes::object_ref>& removed = {});

} // namespace acr::helper
