/// Messages of the supervisor: it receives configuration and tokens, and keeps all actors running.
#pragma once

#include <cstdint>
#include <string>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "protocol/messages/config.hpp"
#include "protocol/messages/leader.hpp"
#include "protocol/messages/namespaces.hpp"
#include "protocol/messages/token.hpp"

namespace acr {

/// Program -> supervisor: stop all actors, in the reverse order of starting, and end.
struct shut_down {};

/// Health -> supervisor: liveness check; answered if handlers run at all.
struct are_you_there {};
struct here_i_am {};

/// Private: restart a crashed child. An old generation is obsolete, and is ignored.
struct restart_due {
  std::string child;
  std::uint64_t generation;
};

/// Private: a child that was asked to stop may be late.
struct stop_due {};

/// Private: the lead may have ended.
struct lead_due {};

/// Private: a postponed configuration, if there still is one, is to be applied.
struct configuration_due {};

using supervisor = config_sink::extend<
    // Shutdown.
    caf::reacts_to<shut_down>,
    // The clock was set or the machine slept: forwarded to all that depend on it.
    caf::reacts_to<clock_changed>,
    // Liveness.
    caf::replies_to<are_you_there>::with<here_i_am>,
    // Private.
    caf::reacts_to<restart_due>, caf::reacts_to<stop_due>, caf::reacts_to<lead_due>,
    caf::reacts_to<configuration_due>>::extend_with<token_sink>::extend_with<leadership_sink>::
    extend_with<namespace_teller>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::shut_down)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::are_you_there)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::here_i_am)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::restart_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::stop_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::lead_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::configuration_due)
