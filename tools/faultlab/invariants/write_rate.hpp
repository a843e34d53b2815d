/// I14 (bounded effect): nothing makes the helper write one object again and again.
#pragma once

#include <memory>

#include "tools/faultlab/invariants/judge.hpp"

namespace acr::faultlab {

/// Counts every write that a program of the helper's asks for, by object, whether it is refused,
/// succeeds, or is undone at once. No fault excuses it. `most_in_a_minute`: the most that any one
/// object got.
std::unique_ptr<judge> judge_write_rate(bench& on, std::size_t& most_in_a_minute);

} // namespace acr::faultlab
