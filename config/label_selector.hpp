/// Reads a label selector as Kubernetes writes it: `matchLabels` and `matchExpressions`.
#pragma once

#include <optional>
#include <string>

#include "config/document.hpp"
#include "protocol/label_selector.hpp"

namespace acr::config {

/// Nothing: it is wrong, which is reported as fatal: to serve fewer or more namespaces than was
/// meant would go unnoticed. So is one that selects everything (`{}`).
std::optional<label_selector> read_label_selector(const node& value, const std::string& key,
                                                  problem_list& problems);

} // namespace acr::config
