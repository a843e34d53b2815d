/// Many random worlds: runs them, reports and stores the failures.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace acr::faultlab {

struct swarm_wishes {
  double hours = 1000;     ///< Simulated time, in total.
  std::uint64_t seed = 1;  ///< Of the first world; the next ones count up.
  double world_hours = 24; ///< Of each world.
  int jobs = 1;            ///< Processes.
  std::string folder;      ///< Folder for shrunk scenarios; empty: they are printed.
  int most_failures = 3;   ///< Failures to shrink; then it ends.
  int shrink_budget = 150; ///< Budget of runs for each; 0: it is shown as it is.
};

/// Prints its progress. The exit code: 0, or 1 if an invariant was violated.
int swarm(const swarm_wishes& wishes);

} // namespace acr::faultlab
