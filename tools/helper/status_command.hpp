/// `acr-credential-helper status`: how a running helper is.
#pragma once

#include <optional>
#include <string>

#include "protocol/failure.hpp"
#include "runtime/observability/page_server.hpp"
#include "runtime/shutdown.hpp"
#include "tools/helper/cluster.hpp"
#include "tools/helper/output.hpp"

namespace acr::helper {

/// What `status` was asked for.
struct status_options {
  std::optional<page_address> address;    ///< Where the helper answers `/status`, and nowhere else.
  std::optional<cluster_options> cluster; ///< Ask this cluster, not the helper.
  kubernetes::object_ref config_map{"kube-system", "acr-configuration"};
  kubernetes::object_ref lease{"kube-system", "acr-credential-helper"};
  output_format output = output_format::text;
};

/// What `/status` answered, for people: a few lines, and a table of the instances. Control
/// characters are taken out. Errors: `malformed_answer`.
result<std::string> status_in_words(const std::string& text);

/// Asks the helper, and prints. If nothing was said and nobody answers, the cluster is asked: what
/// is in its Secrets and ServiceAccounts. Exit code `cannot_start`: nobody answers; that the helper
/// is not ready is no error of this command.
exit_code show_status(const status_options& options);

} // namespace acr::helper
