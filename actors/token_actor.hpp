/// The TokenActor: keeps the credential of one ACR instance fresh.
#pragma once

#include <caf/fwd.hpp>

#include "actors/token_deps.hpp"

namespace acr {

/// Flow: region -> identity -> domains -> credential -> `token_issued` -> wait -> again. A failure
/// is retried with backoff.
/// Guarantees: one attempt at a time; the last good credential stays until its real expiry, then
/// `token_withdrawn` is sent once; every `renew_now` is answered, also when the actor dies.
/// Caveats: domains that were found once are kept when they cannot be listed again.
/// Errors: those of the step that failed, logged once per cause and passed to the caller.
token_actor spawn_token_actor(caf::actor_system& system, token_deps deps);

} // namespace acr
