/// Random worlds and faults that no author would think of.
#pragma once

#include <chrono>
#include <cstdint>

#include "tools/faultlab/scenario/scenario.hpp"

namespace acr::faultlab {

/// The scenario of a seed. Each enables a random subset of the faults, so that rare ones meet
/// without common ones interfering. The last hour is calm.
scenario random_scenario(std::uint64_t seed, std::chrono::milliseconds lasts);

} // namespace acr::faultlab
