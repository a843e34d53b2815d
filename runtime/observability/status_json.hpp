/// The state of the helper as JSON: the answer of /status, and the input of the command `status`.
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "protocol/messages/status.hpp"

namespace acr {

/// Times in RFC 3339; unknown values are null. Described in docs/observability.md. Never holds a
/// secret: `helper_status` has none.
boost::json::object status_json(const helper_status& state, const std::string& version,
                                wall_time now);

} // namespace acr
