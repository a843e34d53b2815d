/// Reads which namespaces or accounts a key selects.
#pragma once

#include <string>

#include "config/document.hpp"
#include "config/model.hpp"

namespace acr::config {

enum class scope_of : unsigned char { namespaces, accounts };

/// What the value of `key` selects; `otherwise` where it is blank, or wrong (which is reported as
/// fatal: to serve fewer or more than was meant would go unnoticed). `with_mapping`: in our own
/// form `names: [...]` holds names as they are, also one that is the word for all.
selection read_scope(const node& value, const std::string& key, scope_of what, bool with_mapping,
                     const selection& otherwise, problem_list& problems);

} // namespace acr::config
