/// Why an image can or cannot be pulled: step by step, from what the cluster holds; pure.
#pragma once

#include <optional>
#include <vector>

#include "tools/helper/findings.hpp"
#include "tools/helper/why_facts.hpp"

namespace acr::helper {

/// In the order in which a pull goes: scope, list, Secrets, images, the kubelet's own words. What
/// would be in the way of somebody else, but not of this Pod, is a note.
std::vector<finding> explain_pull(const pull_facts& facts);

/// Whether the images are pulled; nothing: what decides it could not be read.
std::optional<bool> verdict(const pull_facts& facts, const std::vector<finding>& findings);

} // namespace acr::helper
