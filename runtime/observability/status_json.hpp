/// The state of the helper as JSON: the answer of /status, and the input of the command `status`.
#pragma once

#include <optional>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "protocol/messages/status.hpp"

namespace acr {

/// Version of this document and of those that commands print for programs: incremented when a
/// member changes its meaning or is removed, not when one is added.
inline constexpr int schema_version = 1;

/// In RFC 3339; nothing: null.
boost::json::value time_or_null(const std::optional<wall_time>& at);

/// Begins with `schemaVersion` and `source`. Times in RFC 3339; unknown values are null. Described
/// in docs/observability.md. Never holds a secret: `helper_status` has none.
boost::json::object status_json(const helper_status& state, const std::string& version,
                                wall_time now);

} // namespace acr
