/// The TokenActor: keeps the password of one ACR instance fresh.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/refresh_policy.hpp"
#include "protocol/messages/cloud.hpp"
#include "protocol/messages/identity.hpp"
#include "protocol/messages/token.hpp"
#include "protocol/time.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

struct token_deps {
  std::string name;                 ///< `config::instance::name`
  std::string instance_id;          ///< Empty: Personal edition.
  std::string region;               ///< Empty: the cluster's, as the cloud session finds it.
  std::vector<std::string> domains; ///< Empty: all domains of the instance.
  identity_source identity;
  cloud_session cloud;
  token_sink sink;
  refresh_policy policy;
  wall_clock wall;
  logger log;
  std::uint64_t seed = 0;             ///< For jitter.
  std::optional<token_issued> resume; ///< What a predecessor had: schedule and password go on.
};

/// Flow: region -> identity -> domains -> password -> `token_issued` -> wait -> again. A failure is
/// tried again with backoff.
/// Guarantees: one attempt at a time; the last good password stays until its real expiry, then
/// `token_withdrawn` is sent once; every `renew_now` is answered, also when the actor dies.
/// Caveats: domains that were found once are kept when they cannot be listed again.
/// Errors: those of the step that failed, logged once per cause and passed to whoever asked.
token_actor spawn_token_actor(caf::actor_system& system, token_deps deps);

} // namespace acr
