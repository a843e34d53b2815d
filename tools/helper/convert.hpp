/// `acr-credential-helper convert`: a configuration in another spelling.
#pragma once

#include "config/model.hpp"
#include "tools/helper/source.hpp"

namespace acr::helper {

/// Options of `convert`.
struct convert_options {
  config_source source;
  config::spelling to = config::spelling::file;
};

/// Exit codes of `convert`. Documented in its --help.
enum class convert_code : int {
  converted = 0, ///< Possibly with warnings.
  refused = 1,   ///< The configuration is rejected, or cannot be read or printed.
  lossy = 3,     ///< Entries are rejected, or cannot be expressed in that spelling.
};

/// Prints the configuration in the requested spelling to standard output; problems go to standard
/// error. If anything would be lost, nothing is printed.
convert_code convert(const convert_options& options);

} // namespace acr::helper
