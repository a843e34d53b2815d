/// I6 (few API calls): without faults, a Secret is written once for all instances that are renewed
/// in the same round, and not once for each.
#pragma once

#include <memory>

#include "tools/faultlab/invariants/checker.hpp"

namespace acr::faultlab {

std::unique_ptr<checker> check_rounds(bench& on);

} // namespace acr::faultlab
