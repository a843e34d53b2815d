/// Fetches the public keys of OIDC issuers with libcurl: blocking, for a worker thread.
#pragma once

#include <atomic>

#include "tools/cloudsim/kit.hpp"
#include "tools/cloudsim/message.hpp"
#include "tools/simkit/jwt.hpp"

namespace acr::cloudsim {

/// Reads the discovery document, checks that it is that issuer's, and reads the keys it refers to.
/// Aborts within a second when `stop` becomes true. Errors: connect_failed, http_status,
/// malformed_answer.
result<key_set> fetch_keys(const key_request& wish, const std::atomic<bool>& stop);

} // namespace acr::cloudsim
