/// I14 (bounded effect): nothing makes the helper write one object again and again.
#pragma once

#include <memory>

#include "tools/faultlab/invariants/checker.hpp"

namespace acr::faultlab {

/// Counts every write requested by a program of the helper, by object, whether it is refused,
/// succeeds, or is reverted at once. No fault excuses it. `most_in_a_minute`: the maximum over all
/// objects.
std::unique_ptr<checker> check_write_rate(bench& on, std::size_t& most_in_a_minute);

} // namespace acr::faultlab
