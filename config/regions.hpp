/// The regions known here, for suggestions only: regions are added without notice.
#pragma once

#include <optional>
#include <string_view>

namespace acr::config {

/// The region that `text` is likely meant to be: nothing if it is one of them, or resembles none.
/// Another number (ap-southeast-9) is taken for a region that is not known here.
std::optional<std::string_view> likely_region(std::string_view text);

} // namespace acr::config
