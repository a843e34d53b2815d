/// Messages of the ConfigWatcher: the parsed configuration, and requests to renew.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "protocol/messages/watch.hpp"
#include "protocol/renewal_request.hpp"

namespace acr::config {
struct configuration;
} // namespace acr::config

namespace acr {

/// ConfigWatcher -> supervisor: a new valid configuration, an immutable snapshot.
struct config_changed {
  std::shared_ptr<const config::configuration> value;
};

/// ConfigWatcher -> supervisor: an operator requests new credentials.
struct renewal_wanted {
  renewal_request request;
};

/// An actor that applies the configuration.
using config_sink = caf::typed_actor<
    // It has changed.
    caf::reacts_to<config_changed>,
    // Renew now.
    caf::reacts_to<renewal_wanted>>;

/// Private: the file may have changed.
struct file_touched {};

/// The ConfigWatcher, which owns the watch of the ConfigMap.
using config_watcher = watch_sink::extend<
    // Private.
    caf::reacts_to<file_touched>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::config_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::renewal_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::file_touched)
