/// `acr-credential-helper check`: how a configuration is understood, and its problems.
#pragma once

#include "tools/helper/output.hpp"
#include "tools/helper/source.hpp"

namespace acr::helper {

/// Options of `check`.
struct check_options {
  config_source source;
  output_format output = output_format::text;
  bool strict = false; ///< Warnings count as errors.
  bool quiet = false;  ///< Problems and the verdict only, as text.
};

/// Exit codes of `check`. Documented in its --help.
enum class check_code : int {
  good = 0,             ///< All of it is valid; with warnings only if they do not count.
  refused = 1,          ///< The whole configuration is rejected, or cannot be read.
  entries_rejected = 3, ///< Some entries are rejected.
  warnings = 4,         ///< There are warnings, and they count.
};

/// Prints the configuration as understood, all its problems and the verdict to standard output.
/// Never calls the cloud, and the cluster only to read the ConfigMap.
check_code check(const check_options& options);

} // namespace acr::helper
