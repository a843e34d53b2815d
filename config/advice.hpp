/// What the vendor's documents warn of, although it may be intended.
#pragma once

#include "config/model.hpp"

namespace acr::config {

/// Adds warnings to a reading: system namespaces in scope, hosts that are not the vendor's, and
/// Personal edition instances of the new kind. For `check`: a running helper does not repeat them
/// with each change.
reading with_advice(reading read);

} // namespace acr::config
