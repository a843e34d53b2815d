/// The dependencies of a TokenActor: separate, since the supervisor fills them in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/refresh_policy.hpp"
#include "protocol/messages/cloud.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/messages/identity.hpp"
#include "protocol/messages/token.hpp"
#include "protocol/time.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/observability/reporter.hpp"

namespace acr {

struct token_deps {
  std::string name;                 ///< `config::instance::name`
  std::string instance_id;          ///< Empty: Personal edition.
  std::string region;               ///< Empty: the cluster's, as the cloud session determines it.
  std::vector<std::string> domains; ///< Empty: all domains of the instance.
  identity_source identity;
  cloud_session cloud;
  token_sink sink;
  refresh_policy policy;
  wall_clock wall;
  clock_difference service_ahead{};
  logger log;
  std::uint64_t seed = 0;                   ///< For jitter.
  reporter report{};                        ///< `password_held`, `attempt_ended`, ...
  std::optional<http_gateway> registries{}; ///< For login checks; nothing: none are made.
  std::vector<std::string> tried_at{};      ///< Further hosts to check at; may hold `*`.
  std::optional<token_issued> resume; ///< What a predecessor had: credential and schedule continue.
};

} // namespace acr
