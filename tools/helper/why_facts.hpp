/// The facts that `why` has read from a cluster.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/kubernetes/pod.hpp"
#include "protocol/registry/pull_secret.hpp"
#include "protocol/time.hpp"

namespace acr::helper {

/// Objects that may not be read: their absence from the facts does not mean that there are none.
struct hidden_facts {
  bool name_space = false;
  bool account = false;
  bool pod = false;
  std::array<bool, 4> secrets{}; ///< In the order of `secret_names`.
};

/// Why the configuration is unknown.
struct configuration_trouble {
  std::string text;
  std::string remedy;
};

/// The objects read. Others are left empty; `unread` says why.
struct pull_facts {
  std::string ns;
  std::string account = "default";
  std::optional<config::configuration> configuration;
  std::optional<configuration_trouble> no_configuration; ///< It is missing or refused.
  std::optional<kubernetes::name_space> name_space;
  std::optional<kubernetes::service_account> service_account;
  std::array<std::optional<kubernetes::secret>, 4> secrets; ///< In the order of `secret_names`.
  /// Those of the list that the kubelet uses, except ours.
  std::vector<registry::pull_secret> others;
  std::string pod_name; ///< Empty: not asked for.
  std::optional<kubernetes::pod> pod;
  std::vector<std::string> kubelet_said; ///< Events about the Pod, newest first.
  std::vector<std::string> helper_said;  ///< Warnings about the configuration, likewise.
  std::vector<std::string> images;       ///< Asked for; those of the Pod are added.
  std::vector<std::string> unread;
  hidden_facts hidden;
  wall_time now;
};

/// Those that were asked for and those of the Pod, each once.
std::set<std::string> images_of(const pull_facts& facts);

/// The `imagePullSecrets` that the kubelet uses: those that the Pod was admitted with, or those
/// that a new one would get.
std::vector<std::string> pull_list(const pull_facts& facts);

} // namespace acr::helper
