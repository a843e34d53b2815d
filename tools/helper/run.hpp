/// `acr-credential-helper run`: everything put together.
#pragma once

#include "runtime/shutdown.hpp"
#include "tools/helper/options.hpp"

namespace acr::helper {

/// Serves until `end` says stop. Reads files only before the first actor is started.
exit_code run(const run_options& options, termination& end);

} // namespace acr::helper
