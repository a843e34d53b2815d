/// I7 (convergence), I10 (clean exit) and I12 (a bad configuration changes nothing): the cluster
/// reaches the expected state.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tools/faultlab/invariants/checker.hpp"

namespace acr::faultlab {

/// The objects with an expected state; unset: all of them.
struct expectations {
  using of_object = std::function<bool(const std::string& name)>;

  std::function<bool(int instance, const std::string& secret)> credential{};
  of_object linked{};   ///< An account names our Secrets.
  of_object unlinked{}; ///< It does not.
  of_object removed{};  ///< A Secret is gone.
};

/// What a namespace lacks, or has too much; empty: it matches the configuration.
std::string lacking(const world_spec& about, const wish& wanted, const std::string& ns,
                    const held_space& space, wall_time now, const expectations& expected = {});

/// A minute after the last disturbance of an object it is as expected, and stays so, whatever
/// happens to other objects (I13).
std::unique_ptr<checker> check_convergence(bench& on);

} // namespace acr::faultlab
