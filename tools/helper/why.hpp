/// The command `why`: explains step by step why an image can or cannot be pulled.
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
  std::string account; ///< Empty: the Pod's account, or "default".
  std::string pod;     ///< Empty: no particular one.
  std::vector<std::string> images;
  bool ask_registry = false; ///< With the credentials in the Secrets, from here.
  kubernetes::object_ref config_map{"kube-system", "acr-configuration"};
  output_format output = output_format::text;
};

/// Reads what the caller is allowed to read, and reports what it is not. Exit codes: see
/// `acr-credential-helper why --help`.
exit_code why(const why_options& options);

} // namespace acr::helper
