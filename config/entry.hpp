/// Reads one entry of `acr-registry-info`.
#pragma once

#include <optional>
#include <string>

#include "config/document.hpp"
#include "config/model.hpp"

namespace acr::config {

/// Nothing if something in the entry is wrong: it is then rejected by itself, each problem told
/// under `key`. The instance has no name yet.
std::optional<instance> read_entry(const node& entry, const std::string& key, bool rrsa_enabled,
                                   problem_list& problems);

} // namespace acr::config
