/// Derives what the webhook answers with from a configuration.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "protocol/kubernetes/admission_review.hpp"

namespace acr {

/// Domains of instances for which the configuration names none, by the instance's name.
using found_domains = std::map<std::string, std::vector<std::string>>;

/// Has as many Secrets as instances claim one domain, as far as is known. Overflow Secrets are
/// linked by the SecretWriter.
kubernetes::admission_scope admission_scope_of(const config::configuration& from,
                                               const found_domains& found = {});

} // namespace acr
