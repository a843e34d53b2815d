/// Reads which namespaces or accounts a key selects.
#pragma once

#include <optional>
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

/// The namespaces that an entry is limited to. Nothing: the value is wrong, or blank (which may be
/// a template's mistake, and must not mean all of them); then the entry is rejected, and told so.
std::optional<selection> read_limit(const node& value, const std::string& key, bool with_mapping,
                                    problem_list& problems);

} // namespace acr::config
