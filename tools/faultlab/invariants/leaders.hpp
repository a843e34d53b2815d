/// Of several replicas only the one that holds the Lease writes.
#pragma once

#include <memory>

#include "tools/faultlab/invariants/judge.hpp"

namespace acr::faultlab {

/// Looks at each write when it leaves the program: by what the API server knows then, its Lease is
/// that program's, and had been renewed less than its duration ago.
std::unique_ptr<judge> judge_leaders(bench& on);

} // namespace acr::faultlab
