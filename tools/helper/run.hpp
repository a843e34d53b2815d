/// `acr-credential-helper run`: assembles and runs the helper.
#pragma once

#include "runtime/shutdown.hpp"
#include "tools/helper/options.hpp"

namespace acr::helper {

/// Runs until `end` requests a stop, and returns its code; `cannot_start`: see the last log line.
exit_code run(const run_options& options, termination& end);

} // namespace acr::helper
