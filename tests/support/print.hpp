/// Lets Boost.Test print our values.
#pragma once

#include <ostream>

#include "protocol/failure.hpp"

namespace acr {

inline std::ostream& operator<<(std::ostream& out, errc code) { return out << to_string(code); }

} // namespace acr
