/// The life cycle of one registry credential: TokenActor -> supervisor -> SecretWriter.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "protocol/failure.hpp"
#include "protocol/secret_string.hpp"
#include "protocol/time.hpp"

namespace acr {

/// A user and password for the domains of one ACR instance.
struct registry_credential {
  std::string user;
  secret_string password;
  wall_time expires_at;             ///< The real expiry, from the service.
  std::vector<std::string> domains; ///< Lower case, in the order of the configuration.
};

/// TokenActor -> sink: replaces any credential of `instance`. `renew_at` is the time of its
/// renewal: enough to resume the schedule after a crash.
struct token_issued {
  std::string instance; ///< `config::instance::name`
  registry_credential value;
  wall_time renew_at;
  wall_time issued_at{}; ///< When it arrived: with `expires_at` this gives its lifetime.
  bool at_once = false;  ///< An operator waits for it: it is written everywhere without delay.
};

/// TokenActor -> sink: the last password has expired and could not be renewed.
struct token_withdrawn {
  std::string instance;
};

/// SecretWriter and, before it, the supervisor.
using token_sink = caf::typed_actor<
    // Publish a credential everywhere in scope.
    caf::reacts_to<token_issued>,
    // Withdraw an expired one.
    caf::reacts_to<token_withdrawn>>;

/// Operator -> TokenActor. Answered with a `renewal` when the attempt (a new one or the one in
/// flight) ends.
struct renew_now {};
struct renewal {
  result<wall_time> expires_at;
};

/// Supervisor -> TokenActor: renew when less than `threshold` is left. A good current credential is
/// to be renewed at `renew_at`.
struct reschedule {
  std::chrono::milliseconds threshold;
  std::optional<wall_time> renew_at;
};

/// Clock watch -> supervisor -> all actors that depend on the clock: the machine slept, or the wall
/// clock was set; timers have to be checked again.
struct clock_changed {
  std::chrono::milliseconds by; ///< How far the wall clock was set; about zero after a sleep.
};

/// Private tick: an old generation is a timer that was replaced, and is ignored.
struct refresh_due {
  std::uint64_t generation;
};

using token_actor = caf::typed_actor<
    // Renew before the timer fires; joins an attempt in flight.
    caf::replies_to<renew_now>::with<renewal>,
    // Another threshold.
    caf::reacts_to<reschedule>,
    // The clock was set, or the machine slept.
    caf::reacts_to<clock_changed>,
    // Private.
    caf::reacts_to<refresh_due>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::token_issued)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::token_withdrawn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::renew_now)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::renewal)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::refresh_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::reschedule)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::clock_changed)
