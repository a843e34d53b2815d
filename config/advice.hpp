/// Warnings based on the vendor's documents, about settings that may be intended.
#pragma once

#include "config/model.hpp"

namespace acr::config {

/// Adds warnings to a reading: system namespaces in scope, hosts of other vendors, and Personal
/// edition instances of the new kind. For `check`: a running helper does not repeat them with each
/// change.
reading with_advice(reading read);

} // namespace acr::config
