/// The command `doctor`: checks every step from the API server to the registry, and prints the
/// result of each.
#pragma once

#include "runtime/shutdown.hpp"
#include "tools/helper/options.hpp"

namespace acr::helper {

/// Reads, requests credentials and tries them; writes nothing anywhere. Exit codes: see
/// `acr-credential-helper doctor --help`.
exit_code doctor(const doctor_options& options);

} // namespace acr::helper
