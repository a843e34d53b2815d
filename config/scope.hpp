/// Reads the selection of namespaces or accounts of a key.
#pragma once

#include <optional>
#include <string>

#include "config/document.hpp"
#include "config/model.hpp"

namespace acr::config {

enum class scope_of : unsigned char { namespaces, accounts };

/// The selection of the value of `key`; `otherwise` if it is blank, or wrong (which is fatal:
/// serving fewer or more than intended would go unnoticed). `with_mapping`: in our own form `names:
/// [...]` holds names verbatim, even the word for all.
selection read_scope(const node& value, const std::string& key, scope_of what, bool with_mapping,
                     const selection& otherwise, problem_list& problems);

/// The namespaces that an entry is limited to. Nothing: the value is wrong, or blank (which may be
/// a template's mistake, and must not mean all of them); then the entry is rejected.
std::optional<selection> read_limit(const node& value, const std::string& key, bool with_mapping,
                                    problem_list& problems);

} // namespace acr::config
