/// Identity: an AccessKey pair that is known from the start, or the reason why there is none.
#pragma once

#include <caf/fwd.hpp>

#include "protocol/aliyun/credentials.hpp"
#include "protocol/environment.hpp"
#include "protocol/failure.hpp"
#include "protocol/messages/identity.hpp"

namespace acr {

/// Answers every request with `value`.
identity_source spawn_static_key(caf::actor_system& system, result<aliyun::credentials> value);

/// Reads ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, with
/// ALIBABA_CLOUD_SECURITY_TOKEN if they are temporary: the names that the vendor's SDKs use.
/// Errors: `unavailable` if both are missing, `config_bad` if only one is there.
result<aliyun::credentials> key_from_environment(const environment_reader& read);

} // namespace acr
