/// The cloud session: every call of Alibaba Cloud's APIs, addressed, stamped, signed and read.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <caf/fwd.hpp>

#include "protocol/aliyun/endpoints.hpp"
#include "protocol/aliyun/metadata.hpp"
#include "protocol/aliyun/request.hpp"
#include "protocol/messages/cloud.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/time.hpp"
#include "runtime/aliyun/service_clock.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

namespace aliyun {

/// 32 hexadecimal digits of a cryptographic random generator.
std::string random_nonce();

} // namespace aliyun

/// Upper bound for the answer to a `cloud_call`: two endpoints, and one more attempt with a
/// corrected clock. Callers give `request` no less.
inline constexpr std::chrono::seconds cloud_call_bound{50};

struct cloud_session_deps {
  http_gateway gateway;
  aliyun::endpoint_policy endpoints;
  aliyun::metadata_policy metadata;
  aliyun::signature_version signatures = aliyun::signature_version::v3;
  wall_clock wall;
  /// Updated by each answer's Date; shared with all users of expiry times. Null: one of its own,
  /// based on `wall` alone.
  std::shared_ptr<aliyun::service_clock> clock;
  std::function<std::string()> nonce = aliyun::random_nonce;
  /// Only for unexpected events, and a clock that is far off: failures are explained to the caller.
  logger log;
};

/// Flow: `cloud_call` -> one HTTP request at the best endpoint; at the next one if it does not
/// resolve, accepts no connection or fails the TLS handshake; once more if the service rejects the
/// time stamp or the nonce -> `cloud_reply`. `ask_region` -> metadata service, with a token of the
/// hardened mode, without one where there are none -> `region_reply`; cached after the first
/// answer. `ask_metadata` -> the same service, any other text.
/// Guarantees: every call is answered, also when the session dies; a caller that repeats a call in
/// flight (a restarted actor, after its predecessor) gets the same answer; no call is repeated that
/// the service may have carried out; nothing else is retried: backoff is the caller's. Errors:
/// those of `aliyun::read_answer` and of the gateway; `not_ready` (region unknown), `actor_down`
/// (the gateway does not answer). Texts name the endpoints, never a secret.
cloud_session spawn_cloud_session(caf::actor_system& system, cloud_session_deps deps);

} // namespace acr
