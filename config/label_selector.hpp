/// Reads a label selector as Kubernetes writes it: `matchLabels` and `matchExpressions`.
#pragma once

#include <optional>
#include <string>

#include "config/document.hpp"
#include "protocol/label_selector.hpp"

namespace acr::config {

/// Nothing if it is wrong or selects everything (`{}`): that is reported as fatal, since serving
/// fewer or more namespaces than intended would go unnoticed.
std::optional<label_selector> read_label_selector(const node& value, const std::string& key,
                                                  problem_list& problems);

} // namespace acr::config
