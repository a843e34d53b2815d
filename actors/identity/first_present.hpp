/// Identity: the first available of several sources, in the documented order.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "protocol/messages/identity.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

/// One source that may be available or not.
struct identity_candidate {
  std::string name; ///< "environment", "worker role": for the log.
  /// Starts the source; called only when its turn comes.
  std::function<identity_source()> make;
};

struct first_present_deps {
  std::vector<identity_candidate> candidates;
  logger log;
};

/// Flow: asks one candidate after the other; one that answers `unavailable` is skipped, any other
/// answer is final, also a failure: an available source is not replaced by another because of an
/// outage. Guarantees: a choice stays until that source answers `unavailable` (then all are asked
/// again from the first); while there is none, each request asks all of them, so that one that
/// becomes available is used at once; a new choice is logged in one line with the reasons why the
/// ones before it were skipped. Candidates end with this actor, and it with them.
/// Errors: those of the chosen source; `unavailable`, with the reason of every candidate.
identity_source spawn_first_present(caf::actor_system& system, first_present_deps deps);

} // namespace acr
