/// One run: a scenario from beginning to end, with all checkers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/faultlab/invariants/checker.hpp"
#include "tools/faultlab/invariants/kubelets.hpp"
#include "tools/faultlab/scenario/scenario.hpp"

namespace acr::faultlab {

struct chronicle;

struct run_wishes {
  bool trace = false;          ///< Record all events.
  bool stop_at_first = false;  ///< The first violation ends it.
  std::vector<witness*> also;  ///< Further observers.
  chronicle* record = nullptr; ///< To be filled, for a page.
  /// Called before the first event, and after the last one, before the helper ends.
  std::function<void(stage&)> at_the_beginning, at_the_end;
};

struct outcome {
  std::vector<violation> violations; ///< Also unmet expectations.
  std::chrono::milliseconds lasted{};
  std::uint64_t steps = 0;
  std::uint64_t cloud_calls = 0;
  std::uint64_t api_requests = 0;
  std::size_t most_writes = 0; ///< Of one object, within a minute.
  pull_statistics pulls;
  std::map<std::string, std::uint64_t> events; ///< Log lines, by event.
  /// When each instance got a credential, in milliseconds since the beginning: for twin runs (I3).
  std::map<std::string, std::vector<std::int64_t>> issued;
  std::string trace; ///< One line per event.

  bool good() const { return violations.empty(); }
};

/// Never throws because of the helper; throws std::runtime_error if the scenario refers to
/// something unknown.
outcome run(const scenario& about, const run_wishes& wishes = {});

} // namespace acr::faultlab
