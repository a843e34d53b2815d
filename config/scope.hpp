/// Reads the selection of namespaces or accounts of a key.
#pragma once

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

} // namespace acr::config
