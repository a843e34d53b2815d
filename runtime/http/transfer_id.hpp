/// Names one exchange or stream of a driver.
#pragma once

#include <cstdint>

namespace acr {

enum class transfer_id : std::uint64_t {};

} // namespace acr
