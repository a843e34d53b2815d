/// The last step of `why`: asks the registry itself, with the credential that a Pod would use.
#pragma once

#include <optional>
#include <vector>

#include "protocol/registry/docker_config.hpp"
#include "protocol/registry/pull.hpp"
#include "tools/helper/cluster.hpp"
#include "tools/helper/findings.hpp"
#include "tools/helper/why_findings.hpp"

namespace acr::helper {

/// Asks the registry for the image with that user and password. Nothing: the pull would succeed.
std::optional<failure> try_pull(api_client& client, const registry::image_name& what,
                                const registry::auth_entry& with);

/// Whether a failure of `try_pull` may be specific to this place: nodes may be elsewhere.
bool speaks_of_here(const failure& reason);

/// Asks the registry of each image for its manifest, from where the command runs. Images without a
/// password in the Secrets are skipped: the steps before have reported that.
std::vector<finding> ask_registries(api_client& client, const pull_facts& facts);

} // namespace acr::helper
