/// The keys of a configuration and their values, before they are understood.
#pragma once

#include <vector>

#include "config/document.hpp"
#include "config/model.hpp"
#include "config/spelling.hpp"

namespace acr::config {

/// Understands the keys of a configuration, whichever spelling they belong to. `problems` holds
/// what was noticed before.
reading read_settings(const std::vector<setting>& settings, problem_list problems);

} // namespace acr::config
