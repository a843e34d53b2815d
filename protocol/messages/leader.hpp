/// Messages of the leader election.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "protocol/messages/watch.hpp"

namespace acr {

/// Elector -> supervisor -> SecretWriter, with each renewal and when it is lost.
struct leadership {
  /// On the actor system's clock; no write begins later. Nothing: this replica does not lead.
  std::optional<std::chrono::milliseconds> until;
  /// The Lease went back to an earlier version: the API server was restored from a backup, and no
  /// watch reports what that has changed.
  bool restored = false;
};

/// An actor that acts only while this replica leads.
using leadership_sink = caf::typed_actor<
    // The lead was gained, renewed or lost.
    caf::reacts_to<leadership>>;

/// Supervisor -> elector: release the lead, so that another replica follows at once.
struct resign {};
/// Elector -> supervisor: it no longer leads, whether or not the release succeeded.
struct resigned {};

/// Private: something is due. An old generation is ignored.
struct election_due {
  std::uint64_t generation;
};

using leader_elector = watch_sink::extend<
    // Shutdown of this replica.
    caf::replies_to<resign>::with<resigned>,
    // Private.
    caf::reacts_to<election_due>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::leadership)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::resign)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::resigned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::election_due)
