/// Reads one entry of `acr-registry-info`, or of the add-on's `AcrInstanceInfo`.
#pragma once

#include <optional>
#include <string>

#include "config/document.hpp"
#include "config/model.hpp"

namespace acr::config {

/// Nothing if something in the entry is wrong: it is then rejected by itself, each problem told
/// under `key`. The instance has no name yet. `rrsa_switch` is the key that turns RRSA on.
std::optional<instance> read_entry(const node& entry, const std::string& key, bool rrsa_enabled,
                                   std::string_view rrsa_switch, problem_list& problems);

} // namespace acr::config
