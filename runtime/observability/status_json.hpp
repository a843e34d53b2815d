/// The state of the helper as JSON: what /status answers, and what the command `status` reads.
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "protocol/messages/status.hpp"

namespace acr {

/// Times in RFC 3339; what is not known is null. Described in docs/observability.md. Never holds a
/// secret: `helper_status` has none.
boost::json::object status_json(const helper_status& state, const std::string& version,
                                wall_time now);

} // namespace acr
