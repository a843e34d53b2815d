/// `acr-credential-helper convert`: a configuration in another spelling.
#pragma once

#include "config/model.hpp"
#include "tools/helper/source.hpp"

namespace acr::helper {

/// What `convert` was asked for.
struct convert_options {
  config_source source;
  config::spelling to = config::spelling::file;
};

/// What `convert` exits with. Told by its --help.
enum class convert_code : int {
  converted = 0, ///< With warnings, maybe.
  refused = 1,   ///< The configuration is refused, or cannot be read or printed.
  lossy = 3,     ///< Entries are rejected, or cannot be said in that spelling.
};

/// Prints the configuration in the spelling asked for to standard output; problems go to standard
/// error. What would lose something is not printed at all.
convert_code convert(const convert_options& options);

} // namespace acr::helper
