/// I5 (few cloud calls).
#pragma once

#include <memory>

#include "tools/faultlab/invariants/checker.hpp"

namespace acr::faultlab {

/// At most one token call in flight per instance; retries bounded by backoff; one call per renewal
/// in calm.
std::unique_ptr<checker> check_cloud_calls(bench& on);

} // namespace acr::faultlab
