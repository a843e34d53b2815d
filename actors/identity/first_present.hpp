/// Identity: the first of several sources that there is, in the order of the documentation.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "protocol/messages/identity.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

/// One source that may or may not be there.
struct identity_candidate {
  std::string name; ///< "environment", "worker role": for the log.
  /// Started when it is its turn, and not before.
  std::function<identity_source()> make;
};

struct first_present_deps {
  std::vector<identity_candidate> candidates;
  logger log;
};

/// Flow: asks one candidate after the other; one that answers `unavailable` is passed over, any
/// other answer is ours, also a failure: a source that is there is not replaced by another because
/// of an outage. Guarantees: a choice stays until that source answers `unavailable` (then all are
/// asked again from the first); as long as there is none, each question asks all of them, so that
/// one that appears is used at once; a new choice is logged in one line with the reasons against
/// those before it. Candidates end with this actor, and it with them.
/// Errors: those of the chosen source; `unavailable`, with the reason of every candidate.
identity_source spawn_first_present(caf::actor_system& system, first_present_deps deps);

} // namespace acr
