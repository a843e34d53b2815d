/// Authenticates a request: signatures, time stamps, nonces and session tokens, as received.
#pragma once

#include "tools/cloudsim/operation.hpp"

namespace acr::cloudsim {

/// Verifies the request in the scheme that it claims. Throws refusal with the gateway's codes.
caller authenticate(const setting& at);

} // namespace acr::cloudsim
