/// The state of the helper as one HTML page for people: no script, no external resource, no secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/messages/namespaces.hpp"
#include "protocol/messages/status.hpp"
#include "runtime/observability/html.hpp"

namespace acr {

inline constexpr std::size_t namespaces_on_a_page = 50;

/// The query for namespaces, and its result.
struct namespaces_shown {
  page_wish wish;
  std::optional<namespaces_reply> found; ///< Of that page; nothing: no answer.
};

/// The whole document. With `live` it makes the browser reload after some seconds.
std::string status_page(const helper_status& state, const namespaces_shown& namespaces,
                        const std::string& version, wall_time now);

} // namespace acr
