/// Reduces a failing scenario to a small one that fails in the same way.
#pragma once

#include <functional>

#include "tools/faultlab/scenario/scenario.hpp"

namespace acr::faultlab {

/// Removes events, and shortens and reduces others while `fails` stays true. At most `budget` calls
/// of `fails`, which must be true of `from`. Pure except for `fails`.
scenario shrink(scenario from, const std::function<bool(const scenario&)>& fails, int budget);

} // namespace acr::faultlab
