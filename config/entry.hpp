/// Reads one entry of `acr-registry-info`, or of the add-on's `AcrInstanceInfo`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "config/model.hpp"

namespace acr::config {

/// The instances of one entry: one, or one for each ID of a comma list, which the vendor's page on
/// several accounts allows. Nothing if something in the entry is wrong: then this entry is
/// rejected, each problem reported under `key`. The instances have no names yet. `rrsa_switch` is
/// the key that turns RRSA on.
std::vector<instance> read_entry(const node& entry, const std::string& key, bool rrsa_enabled,
                                 std::string_view rrsa_switch, problem_list& problems);

} // namespace acr::config
