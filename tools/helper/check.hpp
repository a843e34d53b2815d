/// `acr-credential-helper check`: what a configuration means, and what is wrong with it.
#pragma once

#include "tools/helper/output.hpp"
#include "tools/helper/source.hpp"

namespace acr::helper {

/// What `check` was asked for.
struct check_options {
  config_source source;
  output_format output = output_format::text;
  bool strict = false; ///< Warnings count.
  bool quiet = false;  ///< Problems and the verdict only, as text.
};

/// What `check` exits with. Told by its --help.
enum class check_code : int {
  good = 0,             ///< All of it is used; with warnings only if they do not count.
  refused = 1,          ///< The whole configuration is refused, or cannot be read.
  entries_rejected = 3, ///< Some entries are left out.
  warnings = 4,         ///< There are warnings, and they count.
};

/// Prints what was understood of the configuration, all its problems and the verdict to standard
/// output. Reaches no cloud, and a cluster only to read the ConfigMap.
check_code check(const check_options& options);

} // namespace acr::helper
