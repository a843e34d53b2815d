/// Sequences of events that matter only together, within milliseconds or across hours: chance alone
/// would rarely produce them.
#pragma once

#include <chrono>
#include <vector>

#include "tools/faultlab/network/dice.hpp"
#include "tools/faultlab/scenario/scenario.hpp"

namespace acr::faultlab {

/// Its events, from `at` on, in such a world.
using plot = std::vector<lab_event> (*)(dice&, const world_spec&, std::chrono::milliseconds at);

const std::vector<plot>& plots();

/// The maximum duration of a plot.
inline constexpr std::chrono::milliseconds longest_plot = std::chrono::hours{3};

} // namespace acr::faultlab
