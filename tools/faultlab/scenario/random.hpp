/// Worlds and mishaps that nobody thought of.
#pragma once

#include <chrono>
#include <cstdint>

#include "tools/faultlab/scenario/scenario.hpp"

namespace acr::faultlab {

/// The scenario of a seed. Each switches a random subset of the mishaps on, so that rare ones meet
/// without common ones in the way. The last hour is calm.
scenario random_scenario(std::uint64_t seed, std::chrono::milliseconds lasts);

} // namespace acr::faultlab
