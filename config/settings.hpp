/// The keys of a configuration and their values, before they are interpreted.
#pragma once

#include <vector>

#include "config/document.hpp"
#include "config/model.hpp"
#include "config/spelling.hpp"

namespace acr::config {

/// Interprets the keys of a configuration, in any spelling. `problems` holds earlier problems.
reading read_settings(const std::vector<setting>& settings, problem_list problems);

} // namespace acr::config
