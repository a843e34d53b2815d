/// The command `renew`: makes the running helper obtain new credentials, and prints the outcome.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/kubernetes/objects.hpp"
#include "protocol/kubernetes/operator_requests.hpp"
#include "runtime/shutdown.hpp"
#include "tools/helper/cluster.hpp"
#include "tools/helper/output.hpp"

namespace acr::helper {

struct renew_options {
  cluster_options cluster;
  std::string instance; ///< Empty: all.
  kubernetes::object_ref config_map{"kube-system", "acr-configuration"};
  int timeout_s = 120;
  output_format output = output_format::text;
};

/// The helper's answer to a request.
struct renewal_answer {
  bool renewed = false;
  std::string text;
};
/// The answer among the Events about the ConfigMap; nothing if it is not there yet. Events of other
/// components are ignored.
std::optional<renewal_answer> find_answer(const std::vector<kubernetes::told_event>& events,
                                          const std::string& request);

/// Prints the outcome on standard output, and what it waits for on standard error. Exit codes: see
/// `acr-credential-helper renew --help`.
exit_code renew(const renew_options& options);

} // namespace acr::helper
