/// One run: a scenario from its beginning to its end, with all judges present.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/faultlab/invariants/judge.hpp"
#include "tools/faultlab/invariants/kubelets.hpp"
#include "tools/faultlab/scenario/scenario.hpp"

namespace acr::faultlab {

struct chronicle;

struct run_wishes {
  bool trace = false;          ///< Write down everything that happens.
  bool stop_at_first = false;  ///< The first violation ends it.
  std::vector<witness*> also;  ///< Look on, too.
  chronicle* record = nullptr; ///< To be filled, for a page.
  /// Before anything has happened, and when all has, but the end of the helper.
  std::function<void(stage&)> at_the_beginning, at_the_end;
};

struct outcome {
  std::vector<violation> violations; ///< Also expectations that were not met.
  std::chrono::milliseconds lasted{};
  std::uint64_t steps = 0;
  std::uint64_t cloud_calls = 0;
  std::uint64_t api_requests = 0;
  std::size_t most_writes = 0; ///< Of one object, within a minute.
  pull_statistics pulls;
  std::map<std::string, std::uint64_t> events; ///< Log lines, by event.
  /// When each instance got a password, in milliseconds since the beginning: for twin runs (I3).
  std::map<std::string, std::vector<std::int64_t>> issued;
  std::string trace; ///< One line for each thing that happened.

  bool good() const { return violations.empty(); }
};

/// Never throws because of what the helper does; throws std::runtime_error if the scenario asks for
/// what there is not.
outcome run(const scenario& about, const run_wishes& wishes = {});

} // namespace acr::faultlab
