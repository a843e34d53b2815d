/// Of several replicas only the holder of the Lease writes.
#pragma once

#include <memory>

#include "tools/faultlab/invariants/checker.hpp"

namespace acr::faultlab {

/// Checks each write when it leaves the program: according to the API server at that time, that
/// program holds the Lease.
std::unique_ptr<checker> check_leaders(bench& on);

} // namespace acr::faultlab
