/// The key `webhook-configuration`.
#pragma once

#include <string>

#include "config/document.hpp"
#include "config/model.hpp"
#include "config/problems.hpp"

namespace acr::config {

/// Reads a mapping with the original's fields, `enable`, `failure-policy` and `timeout-seconds`,
/// and `pods-with-own-list`. The original's second and third reach the API server with the
/// webhook's installation: they are checked, and have no other effect. An error is only a warning,
/// and the default applies.
webhook_settings read_webhook(const node& value, const std::string& key, problem_list& problems);

} // namespace acr::config
