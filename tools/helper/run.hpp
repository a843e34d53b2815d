/// `acr-credential-helper run`: assembles and runs the helper.
#pragma once

#include "runtime/shutdown.hpp"
#include "tools/helper/options.hpp"

namespace acr::helper {

/// Runs until `end` requests a stop. Reads files only before the first actor is started.
exit_code run(const run_options& options, termination& end);

} // namespace acr::helper
