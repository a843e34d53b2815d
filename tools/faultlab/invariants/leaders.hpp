/// Of several replicas only the one that holds the Lease writes.
#pragma once

#include <memory>

#include "tools/faultlab/invariants/judge.hpp"

namespace acr::faultlab {

/// Looks at each write when it leaves the program: by what the API server knows then, the Lease is
/// that program's.
std::unique_ptr<judge> judge_leaders(bench& on);

} // namespace acr::faultlab
