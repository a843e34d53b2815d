/// Assembles the helper's actors: how the supervisor makes each, in any environment.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <caf/fwd.hpp>

#include "actors/admission/admission_desk.hpp"
#include "actors/identity/static_key.hpp"
#include "actors/supervisor.hpp"
#include "protocol/aliyun/endpoints.hpp"
#include "protocol/aliyun/metadata.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/messages/status.hpp"
#include "protocol/time.hpp"
#include "runtime/aliyun/service_clock.hpp"
#include "runtime/aliyun/session.hpp"
#include "runtime/kubernetes/access.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/observability/reporter.hpp"
#include "tools/helper/options.hpp"

namespace acr::helper {

/// The parts of the webhook that actors use.
struct webhook_connection {
  std::shared_ptr<admission_desk> desk;
  std::function<std::optional<failure>(const server_identity&)> serve_as;
};

/// The environment of the actors: the real machine, or a simulated one in virtual time.
struct runtime_context {
  run_options options;
  kubernetes::cluster_access cluster;
  aliyun::endpoint_policy endpoints;
  aliyun::metadata_policy metadata;
  environment_reader environment; ///< Variables of the process.
  /// Makes the gateway for all requests. Called again after it died.
  std::function<http_gateway()> make_gateway;
  wall_clock wall; ///< The machine's.
  /// The service's clock, for the expiry of credentials and sessions; shared with the supervisor.
  std::shared_ptr<aliyun::service_clock> clock;
  /// Seed for the jitter of the component of that name: draws of one do not affect another.
  std::function<std::uint64_t(std::string_view who)> seed;
  std::string replica; ///< Names this process among the replicas (`replica_identity`).
  std::function<std::string()> nonce = aliyun::random_nonce; ///< Of signatures.
  logger log;
  reporter report{}; ///< Where all report to.
  /// Adds a receiver of all facts; empty: there are no Events.
  std::function<void(fact_sink)> follow{};
  std::string host{};                          ///< Name of the Pod or machine, in Events.
  std::optional<webhook_connection> webhook{}; ///< Nothing: there is none.
};

/// `around` must outlive every actor.
child_factories factories(caf::actor_system& system, const runtime_context& around);

} // namespace acr::helper
