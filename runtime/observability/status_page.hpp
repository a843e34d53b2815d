/// The state of the helper as one HTML page for people: no script, no outside resource, no secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/messages/namespaces.hpp"
#include "protocol/messages/status.hpp"

namespace acr {

/// Single namespaces: what was asked, and what came of it.
struct namespaces_shown {
  std::string part;                      ///< As `ask_namespaces::part`.
  std::optional<namespaces_reply> found; ///< Nothing: nobody answered.
};

/// The whole document. It asks the browser to fetch it again after some seconds.
std::string status_page(const helper_status& state, const namespaces_shown& namespaces,
                        const std::string& version, wall_time now);

/// `text` as it may stand in HTML, also in an attribute's quotes.
std::string html_escaped(std::string_view text);

} // namespace acr
