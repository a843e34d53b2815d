/// The history of a run, instance by instance: recorded for its page, without judgement.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tools/faultlab/invariants/checker.hpp"

namespace acr::faultlab {

/// One instance of the registry, from the beginning of a run to its end.
struct instance_story {
  using ms = std::chrono::milliseconds;

  /// From then on this many of the namespaces in scope hold a valid password.
  struct standing {
    ms at{};
    int valid = 0;
    int of = 0;

    bool same(const standing& other) const { return valid == other.valid && of == other.of; }
  };
  /// A token call to the cloud.
  struct attempt {
    ms at{};
    bool worked = false;
    std::string what; ///< The status or the failure.
  };
  struct pull_seen {
    ms at{};
    bool worked = false;
    std::string ns;
  };

  std::string name;
  std::vector<standing> standings; ///< Adjacent ones differ.
  std::vector<attempt> attempts;
  std::vector<pull_seen> pulls;
};

struct chronicle {
  std::vector<instance_story> instances;
};

/// Fills `into` during the run.
std::unique_ptr<checker> make_chronicler(bench& on, chronicle& into);

} // namespace acr::faultlab
