/// Finds a configuration inside what the API of the add-ons wraps around it.
#pragma once

#include <vector>

#include "config/document.hpp"

namespace acr::config {

/// Every mapping below `root` that has a key of the ConfigMap's or the add-on's form: among lists
/// and mappings, and in texts that hold such in JSON (`"config": "{\"AcrInstanceInfo\": ...}"`), up
/// to four texts within each other. What is inside of one found is not looked at.
std::vector<node> wrapped_in(const node& root);

} // namespace acr::config
