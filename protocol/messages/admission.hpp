/// The AdmissionKeeper's messages: webhook answers and certificates.
#pragma once

#include <cstdint>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "protocol/messages/config.hpp"
#include "protocol/messages/leader.hpp"
#include "protocol/messages/status.hpp"

namespace acr {

/// Webhook server -> AdmissionKeeper: the API server refused our certificate.
struct certificate_refused {};

/// Private: time to check. An old generation is ignored.
struct certificate_due {
  std::uint64_t generation;
};

using admission_keeper = leadership_sink::extend<
    // The configuration in force.
    caf::reacts_to<config_changed>,
    // Check the state in the cluster.
    caf::reacts_to<certificate_refused>,
    // Private.
    caf::reacts_to<certificate_due>>::extend_with<fact_sink>; // domains that instances have

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::certificate_refused)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::certificate_due)
