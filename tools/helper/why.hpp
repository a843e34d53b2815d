/// The command `why`: tells step by step why an image can or cannot be pulled.
#pragma once

#include <string>
#include <vector>

#include "protocol/kubernetes/objects.hpp"
#include "runtime/shutdown.hpp"
#include "tools/helper/cluster.hpp"
#include "tools/helper/output.hpp"

namespace acr::helper {

struct why_options {
  cluster_options cluster;
  std::string ns;
  std::string account; ///< Empty: that of the Pod, or "default".
  std::string pod;     ///< Empty: none in particular.
  std::vector<std::string> images;
  bool ask_registry = false; ///< With the passwords of the Secrets, from here.
  kubernetes::object_ref config_map{"kube-system", "acr-configuration"};
  output_format output = output_format::text;
};

/// Reads what the caller may read, and says what it may not. Exit codes: see
/// `acr-credential-helper why --help`.
exit_code why(const why_options& options);

} // namespace acr::helper
