/// The last step of `why`: the registry itself is asked, with the password that a Pod would use.
#pragma once

#include <vector>

#include "tools/helper/cluster.hpp"
#include "tools/helper/findings.hpp"
#include "tools/helper/why_findings.hpp"

namespace acr::helper {

/// Asks the registry of each image for its manifest, from where the command runs. Images without a
/// password in the Secrets are left out: the steps before have told so.
std::vector<finding> ask_registries(api_client& client, const pull_facts& facts);

} // namespace acr::helper
