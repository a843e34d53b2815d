/// Messages of all sources of identity: credentials for the next request to Alibaba Cloud.
#pragma once

#include <chrono>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "protocol/aliyun/credentials.hpp"
#include "protocol/failure.hpp"

namespace acr {

/// TokenActor, or an identity that builds on another -> identity.
struct obtain_credentials {
  /// Minimum validity of the session: a credential obtained with it ends with it. A session with
  /// less left is renewed first; a fresh one is returned even if it is shorter.
  std::chrono::milliseconds min_life{};
  /// The service refused the credentials returned last: do not return them again.
  bool refused = false;
  /// Requested by an operator: what failed a moment ago is retried at once.
  bool asked = false;
};

/// Identity -> caller.
struct credentials_obtained {
  result<aliyun::credentials> value;
};

/// RRSAChainActor and the other sources. Sources share work: all requests that arrive during one
/// renewal are answered by it.
using identity_source = caf::typed_actor<
    // Credentials to sign with; from the cache, or after renewing.
    caf::replies_to<obtain_credentials>::with<credentials_obtained>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::obtain_credentials)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::credentials_obtained)
