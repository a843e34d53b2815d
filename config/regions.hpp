/// Known regions, for suggestions only: regions are added without notice.
#pragma once

#include <optional>
#include <string_view>

namespace acr::config {

/// The region that `text` probably means: nothing if it is one of them, or resembles none. Another
/// number (ap-southeast-9) counts as a region that is unknown here.
std::optional<std::string_view> likely_region(std::string_view text);

} // namespace acr::config
