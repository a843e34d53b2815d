/// Reads the list of instances: a list of entries, or nothing.
#pragma once

#include <vector>

#include "config/document.hpp"
#include "config/model.hpp"
#include "config/spelling.hpp"

namespace acr::config {

/// Names the entries: by what each of them says, not by where it stands.
void name_all(std::vector<instance>& all);

/// The entries that are good, with their names. A problem of one entry rejects that entry alone; a
/// list that is none, or without a good entry, is fatal. Null: one Personal edition entry of the
/// cluster's region, as with the original. `watched`: the namespaces that are served at all.
std::vector<instance> read_instances(const node& list, const vocabulary& words, bool rrsa_enabled,
                                     const selection& watched, problem_list& problems);

} // namespace acr::config
