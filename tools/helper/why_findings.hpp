/// Why an image can or cannot be pulled: step by step, from what the cluster holds; pure.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/kubernetes/pod.hpp"
#include "protocol/time.hpp"
#include "tools/helper/findings.hpp"

namespace acr::helper {

/// What was read. What was not is left empty; `unread` says why.
struct pull_facts {
  std::string ns;
  std::string account = "default";
  std::optional<config::configuration> configuration;
  std::optional<kubernetes::name_space> name_space;
  std::optional<kubernetes::service_account> service_account;
  std::array<std::optional<kubernetes::secret>, 4> secrets; ///< In the order of `secret_names`.
  std::optional<kubernetes::pod> pod;
  std::vector<std::string> images; ///< Asked about; those of the Pod are added.
  std::vector<std::string> unread;
  wall_time now;
};

/// Those that were asked about and those of the Pod, each once.
std::set<std::string> images_of(const pull_facts& facts);

/// In the order in which a pull goes: scope, link, admission, Secret, domain, expiry.
std::vector<finding> explain_pull(const pull_facts& facts);

} // namespace acr::helper
