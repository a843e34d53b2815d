/// I1 (no stale credential) and I2 (no gap): what happens to passwords in Secrets.
#pragma once

#include <map>
#include <memory>

#include "tools/faultlab/invariants/judge.hpp"

namespace acr::faultlab {

/// I1: an expired password does not stay while the API server can be reached.
/// I2: a valid one is not given up; and one does not end without a successor if there was a calm
/// span, within its last part, in which to fetch another.
std::unique_ptr<judge> judge_passwords(bench& on);

} // namespace acr::faultlab
