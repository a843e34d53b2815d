/// The command `cleanup`: removes the helper's Secrets, references and Lease from a cluster.
#pragma once

#include "runtime/shutdown.hpp"
#include "tools/helper/cluster.hpp"
#include "tools/helper/output.hpp"

namespace acr::helper {

struct cleanup_options {
  cluster_options cluster;
  kubernetes::object_ref lease{"kube-system", "acr-credential-helper"};
  bool dry_run = false;
  bool all_references = false; ///< Also references of unknown origin.
  bool yes = false;            ///< Do not ask, even on a terminal.
  output_format output = output_format::text;
};

/// Prints each step on standard output (or JSON at the end), what is left and why on standard
/// error. Exit codes: see `acr-credential-helper cleanup --help`.
exit_code cleanup(const cleanup_options& options);

} // namespace acr::helper
