/// From a configuration to what the webhook answers with.
#pragma once

#include "config/model.hpp"
#include "protocol/kubernetes/admission_review.hpp"

namespace acr {

/// As many Secrets as instances claim one domain, as far as the configuration tells; domains that
/// are found out later, and Secrets that overflow, are linked by the SecretWriter.
kubernetes::admission_scope admission_scope_of(const config::configuration& from);

} // namespace acr
