/// What `doctor` asks the cloud and the registries, through the helper's own actors.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "tools/helper/cluster.hpp"
#include "tools/helper/doctor_report.hpp"
#include "tools/helper/runtime_context.hpp"

namespace acr::helper {

/// Obtains a credential of each instance, tries it at its domains, and asks for `images` with it;
/// nothing is written. Without a `server`, sources of identity that need a cluster are skipped or
/// report that. Replaces the log and the reporter of `found`.
void examine_instances(found_context& found, api_client& api, bool server,
                       const config::configuration& configuration,
                       const std::vector<std::string>& images,
                       std::shared_ptr<doctor_report> report);

} // namespace acr::helper
