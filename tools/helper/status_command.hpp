/// `acr-credential-helper status`: the state of a running helper.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "protocol/failure.hpp"
#include "runtime/observability/admin_server.hpp"
#include "runtime/shutdown.hpp"
#include "tools/helper/cluster.hpp"
#include "tools/helper/output.hpp"

namespace acr::helper {

/// Options of `status`.
struct status_options {
  std::optional<page_address> address;    ///< Of the helper's `/status`; disables the fallback.
  page_address usual{"127.0.0.1", 8082};  ///< Where it is without `address`.
  std::optional<cluster_options> cluster; ///< Read the cluster, do not ask the helper.
  kubernetes::object_ref config_map{"kube-system", "acr-configuration"};
  kubernetes::object_ref lease{"kube-system", "acr-credential-helper"};
  output_format output = output_format::text;
  bool watch = false; ///< Repeat until interrupted.
};

/// Pause of `--watch` after a look that took so long: two seconds, and longer for a cluster whose
/// Secrets take long to read, so that watching costs the API server a tenth of the time at most.
std::chrono::milliseconds pause_after(std::chrono::milliseconds took);

/// Formats an answer of `/status` for people: a few lines, and a table of the instances. Control
/// characters are removed. Errors: `malformed_answer`.
result<std::string> status_in_words(const std::string& text);

/// Asks the helper, and prints. Without an address and without an answer, the cluster is read: its
/// Secrets and ServiceAccounts. Exit code `cannot_start`: no answer; a helper that is not ready is
/// no error of this command. With `watch` it returns only when its output is closed.
exit_code show_status(const status_options& options);

} // namespace acr::helper
