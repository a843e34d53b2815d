/// What every source of identity answers: who we are in Alibaba Cloud, for the next request.
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
  /// The session should live at least this long: a password obtained with it ends with it. A
  /// session that has less left is renewed first; if a fresh one lives shorter, it is given anyway.
  std::chrono::milliseconds min_life{};
  /// The service refused what was given last: do not give it again.
  bool refused = false;
  /// Somebody asked for it: what failed a moment ago is tried again at once.
  bool asked = false;
};

/// Identity -> whoever asked.
struct credentials_obtained {
  result<aliyun::credentials> value;
};

/// RRSAChainActor and the other sources. Sources share work: any number of questions that arrive
/// during one renewal are answered by it.
using identity_source = caf::typed_actor<
    // Credentials to sign with; from the cache, or after renewing.
    caf::replies_to<obtain_credentials>::with<credentials_obtained>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::obtain_credentials)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::credentials_obtained)
