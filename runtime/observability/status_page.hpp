/// The state of the helper as one HTML page for people: no script, no outside resource, no secret.
#pragma once

#include <string>
#include <string_view>

#include "protocol/messages/status.hpp"

namespace acr {

/// The whole document. It asks the browser to fetch it again after some seconds.
std::string status_page(const helper_status& state, const std::string& version, wall_time now);

/// `text` as it may stand in HTML, also in an attribute's quotes.
std::string html_escaped(std::string_view text);

} // namespace acr
