/// The command `doctor`: walks the whole way, from the API server to the registry, and tells how
/// each step went.
#pragma once

#include "runtime/shutdown.hpp"
#include "tools/helper/options.hpp"

namespace acr::helper {

/// Reads, asks for passwords and tries them; writes nothing anywhere. Exit codes: see
/// `acr-credential-helper doctor --help`.
exit_code doctor(const doctor_options& options);

} // namespace acr::helper
