/// Reads the list of instances: a list of entries, or nothing.
#pragma once

#include <vector>

#include "config/document.hpp"
#include "config/model.hpp"
#include "config/spelling.hpp"

namespace acr::config {

/// Names the entries by their content, not by their position.
void name_all(std::vector<instance>& all);

/// The valid entries, with their names. A problem of one entry rejects that entry alone; a list
/// that is not one, or without a valid entry, is fatal. Null: one Personal edition entry of the
/// cluster's region, as with the original. `watched`: the namespaces that are served at all.
std::vector<instance> read_instances(const node& list, const vocabulary& words, bool rrsa_enabled,
                                     const selection& watched, problem_list& problems);

} // namespace acr::config
