/// The state of the helper's work, derived from the cluster: the helper need not run; pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/time.hpp"

namespace acr::helper {

/// The objects read. A configuration or Lease that is missing, or forbidden to read, is left out.
struct cluster_facts {
  std::optional<config::configuration> configuration;
  std::string no_configuration; ///< Why there is none: missing, refused, not readable.
  std::vector<kubernetes::name_space> namespaces;
  std::vector<kubernetes::service_account> accounts;
  std::vector<kubernetes::secret> secrets; ///< Of all our names.
  std::optional<kubernetes::lease> lease;
  bool lease_hidden = false; ///< Reading it is forbidden.
  wall_time now;
};

/// One instance, over all Secrets.
struct instance_view {
  std::string limited_to; ///< As in the configuration; empty: to no namespaces.
  std::vector<std::string> domains;
  std::size_t namespaces = 0; ///< That hold a valid credential of it.
  std::size_t withdrawn = 0;  ///< That hold it without one, or with an expired one.
  std::optional<wall_time> first_expiry;
};

struct cluster_view {
  std::map<std::string, instance_view> instances;
  std::size_t in_scope = 0;
  std::size_t served = 0;            ///< Namespaces in scope with a Secret of ours.
  std::vector<std::string> unserved; ///< Those without one.
  std::size_t foreign = 0;           ///< Foreign Secrets of our name.
  std::size_t accounts = 0;          ///< In scope.
  std::size_t linked = 0;
  std::string leader; ///< Empty: unknown.
  std::optional<wall_time> leader_renewed_at;
  std::vector<std::string> remarks; ///< What an operator should know first, a sentence each.
};

/// Without a configuration the scope is every namespace with a Secret of ours.
cluster_view view_cluster(const cluster_facts& facts);

/// As `status -o json` prints it: `source` is "cluster".
std::string to_json(const cluster_view& view, wall_time now);

/// A few lines, and a table of the instances.
std::string in_words(const cluster_view& view, wall_time now);

} // namespace acr::helper
