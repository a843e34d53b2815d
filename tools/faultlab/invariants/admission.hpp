/// Linking at creation: with a webhook that is reached, no ServiceAccount in scope is ever
/// unlinked.
#pragma once

#include <memory>
#include <string_view>

#include "tools/faultlab/invariants/checker.hpp"

namespace acr::faultlab {

/// The Secret of its certificates, or the configuration that names it.
bool is_of_webhook(std::string_view resource, std::string_view name);

std::unique_ptr<checker> check_admission(bench& on);

} // namespace acr::faultlab
