/// Why an image can or cannot be pulled: step by step, from what the cluster holds; pure.
#pragma once

#include <optional>
#include <vector>

#include "tools/helper/findings.hpp"
#include "tools/helper/why_facts.hpp"

namespace acr::helper {

/// In the order of a pull: scope, list, Secrets, images, the kubelet's messages. An obstacle to
/// other Pods, but not to this one, is a note.
std::vector<finding> explain_pull(const pull_facts& facts);

/// Whether the images can be pulled; nothing: what decides it could not be read.
std::optional<bool> verdict(const pull_facts& facts, const std::vector<finding>& findings);

} // namespace acr::helper
