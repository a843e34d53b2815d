/// Sequences of happenings that matter only together, within milliseconds or across hours: chance
/// alone would bring them about too seldom.
#pragma once

#include <chrono>
#include <vector>

#include "tools/faultlab/network/dice.hpp"
#include "tools/faultlab/scenario/scenario.hpp"

namespace acr::faultlab {

/// What happens in the course of it, from `at` on, in a world like that.
using plot = std::vector<happening> (*)(dice&, const world_spec&, std::chrono::milliseconds at);

const std::vector<plot>& plots();

/// No plot takes longer.
inline constexpr std::chrono::milliseconds longest_plot = std::chrono::hours{3};

} // namespace acr::faultlab
