/// Many random worlds: what was found, told and kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace acr::faultlab {

struct swarm_wishes {
  double hours = 1000;     ///< Simulated, in all.
  std::uint64_t seed = 1;  ///< Of the first world; the next ones count up.
  double world_hours = 24; ///< Of each world.
  int jobs = 1;            ///< Processes.
  std::string folder;      ///< Where shrunk scenarios go; empty: they are printed.
  int most_failures = 3;   ///< Worlds that are looked into; then it ends.
  int shrink_budget = 150; ///< Runs for each.
};

/// Prints what it does. The exit code: 0, or 1 if an invariant was violated.
int swarm(const swarm_wishes& wishes);

} // namespace acr::faultlab
