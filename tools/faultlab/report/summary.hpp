/// Results of runs, for people.
#pragma once

#include <chrono>
#include <ctime>
#include <string>

#include "tools/faultlab/run.hpp"

namespace acr::faultlab {

/// CPU time of this machine: the only real time in the lab.
class stopwatch {
public:
  double seconds() const;

private:
  std::clock_t begun_ = std::clock();
};

/// A few lines: what was simulated, and what was found. `cpu_seconds`: 0 if not measured.
std::string summary(const scenario& about, const outcome& out, double cpu_seconds);

} // namespace acr::faultlab
