/// What a run looked like, instance by instance: recorded for its page, judging nothing.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tools/faultlab/invariants/judge.hpp"

namespace acr::faultlab {

/// One instance of the registry, from the beginning of a run to its end.
struct instance_story {
  using ms = std::chrono::milliseconds;

  /// From then on so many of the namespaces in scope hold a valid password.
  struct standing {
    ms at{};
    int valid = 0;
    int of = 0;

    bool same(const standing& other) const { return valid == other.valid && of == other.of; }
  };
  /// The cloud was asked for a password.
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
  std::vector<standing> standings; ///< Of two neighbours no two are the same.
  std::vector<attempt> attempts;
  std::vector<pull_seen> pulls;
};

struct chronicle {
  std::vector<instance_story> instances;
};

/// Fills `into` while the run goes on.
std::unique_ptr<judge> make_chronicler(bench& on, chronicle& into);

} // namespace acr::faultlab
