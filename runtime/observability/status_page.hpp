/// The state of the helper as one HTML page for people: no script, no outside resource, no secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/messages/namespaces.hpp"
#include "protocol/messages/status.hpp"
#include "runtime/observability/html.hpp"

namespace acr {

inline constexpr std::size_t namespaces_on_a_page = 50;

/// What was asked, and what came of it.
struct namespaces_shown {
  page_wish wish;
  std::optional<namespaces_reply> found; ///< Of that page; nothing: nobody answered.
};

/// The whole document. With `live` it asks the browser to fetch it again after some seconds.
std::string status_page(const helper_status& state, const namespaces_shown& namespaces,
                        const std::string& version, wall_time now);

} // namespace acr
