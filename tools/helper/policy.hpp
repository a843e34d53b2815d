/// `acr-credential-helper policy`: the admission policy that a configuration calls for.
#pragma once

#include <string>

#include "runtime/shutdown.hpp"

namespace acr::helper {

/// Prints a MutatingAdmissionPolicy and its binding for the configuration in `file` (what
/// `--config` of `run` takes); what is wrong with it goes to stderr.
exit_code print_policy(const std::string& file);

} // namespace acr::helper
