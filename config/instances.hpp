/// Reads the entries of `acr-registry-info`.
#pragma once

#include <vector>

#include <yaml-cpp/node/node.h>

#include "config/document.hpp"
#include "config/model.hpp"

namespace acr::config {

/// The entries that are good; problems of one entry reject that entry alone, a list that is none is
/// fatal. `list` null: one Personal edition entry of the cluster's region, as with the original.
std::vector<instance> read_instances(const YAML::Node& list, const place& where, bool rrsa_enabled,
                                     problem_list& problems);

} // namespace acr::config
