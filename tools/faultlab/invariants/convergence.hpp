/// I7 (convergence), I10 (clean exit) and I12 (a bad configuration changes nothing): what should
/// be, is.
#pragma once

#include <memory>
#include <string>

#include "tools/faultlab/invariants/judge.hpp"

namespace acr::faultlab {

/// What a namespace lacks, or has too much; empty: all is as the configuration wants it. Of
/// instances for which `expected` is false, nothing is expected.
std::string lacking(const world_spec& about, const wish& wanted, const std::string& ns,
                    const held_space& space, wall_time now,
                    const std::function<bool(int instance)>& expected);

/// A minute after the last disturbance everything is as it should be, and it stays so.
std::unique_ptr<judge> judge_convergence(bench& on);

} // namespace acr::faultlab
