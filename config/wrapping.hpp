/// Finds a configuration inside the wrapping of the add-ons' API.
#pragma once

#include <vector>

#include "config/document.hpp"

namespace acr::config {

/// Every mapping below `root` that has a key of the ConfigMap's or the add-on's form: in lists and
/// mappings, and in JSON texts (`"config": "{\"AcrInstanceInfo\": ...}"`), up to four texts deep. A
/// found one is not searched.
std::vector<node> wrapped_in(const node& root);

} // namespace acr::config
