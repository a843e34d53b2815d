/// I4 (no clobbering), I6 (few API calls) and I9 (nothing foreign): the helper's writes to the
/// cluster.
#pragma once

#include <memory>
#include <string>

#include "tools/faultlab/invariants/checker.hpp"

namespace acr::faultlab {

/// Describes what is wrong about a change from one list of pull Secrets to another; empty: nothing.
std::string clobbered(const pull_secrets& before, const pull_secrets& after);

std::unique_ptr<checker> check_writes(bench& on);

} // namespace acr::faultlab
