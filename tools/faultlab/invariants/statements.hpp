/// I17 (truthful reports): status and log against the state of the cluster.
#pragma once

#include <memory>

#include "tools/faultlab/invariants/checker.hpp"

namespace acr::faultlab {

/// Also after a restart or a change of leader, and while the cloud does not answer: an instance
/// whose credential is valid in every namespace is not reported as one without.
std::unique_ptr<checker> check_statements(bench& on);

} // namespace acr::faultlab
