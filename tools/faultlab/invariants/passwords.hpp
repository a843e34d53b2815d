/// I1 (no stale credential) and I2 (no gap): credentials in Secrets.
#pragma once

#include <map>
#include <memory>

#include "tools/faultlab/invariants/checker.hpp"

namespace acr::faultlab {

/// I1: an expired credential does not stay while the API server is reachable.
/// I2: a valid one is not withdrawn; and one does not end without a successor if there was a calm
/// span, within its last part, in which to fetch another.
std::unique_ptr<checker> check_passwords(bench& on);

} // namespace acr::faultlab
