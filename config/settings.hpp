/// The keys of a configuration and their values, before they are understood.
#pragma once

#include <string>
#include <vector>

#include "config/document.hpp"
#include "config/model.hpp"

namespace acr::config {

/// One key with its value: a text, or (in a file) a structure.
struct setting {
  std::string key;
  position key_at; ///< None in a ConfigMap.
  node value;
};

/// Understands the keys of the ConfigMap `acr-configuration`. `problems` holds what was noticed
/// before. (The spelling of the add-on would be another function beside this one, told apart by its
/// keys.)
reading read_settings(const std::vector<setting>& settings, problem_list problems);

} // namespace acr::config
