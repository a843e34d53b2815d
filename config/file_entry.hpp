/// Reads one entry of `instances`, the helper's own form.
#pragma once

#include <optional>
#include <string>

#include "config/document.hpp"
#include "config/model.hpp"

namespace acr::config {

/// Nothing if something in the entry is wrong: then this entry is rejected, each problem reported
/// under `key`. The instance has no name yet.
std::optional<instance> read_file_entry(const node& entry, const std::string& key,
                                        problem_list& problems);

/// The names of the sources of an identity, as `identity.source` has them.
std::string_view source_name(identity_origin::kind from);

} // namespace acr::config
