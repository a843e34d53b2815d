/// The RRSAChainActor: from a ServiceAccount token, or from another identity, to a session of the
/// role that may read an instance.
#pragma once

#include <cstdint>
#include <string>

#include <caf/fwd.hpp>

#include "actors/refresh_policy.hpp"
#include "config/model.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/messages/cloud.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/messages/identity.hpp"
#include "protocol/time.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

/// Where OIDC tokens come from.
struct oidc_source {
  /// A projected token: used if the file exists, read at each use (the kubelet rewrites it).
  std::string token_file = "/var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token";
  /// Otherwise a token of this account is requested from the API server: RRSA then works without a
  /// mount, and when it is enabled on the cluster later.
  kubernetes::object_ref account{"kube-system", "aliyun-acr-credential-helper"};
  bool file_only = false; ///< Never ask the API server.
};

struct rrsa_chain_deps {
  config::role_chain chain; ///< At least one role is set.
  std::string region;       ///< Of STS; empty: the cluster's, or else the global endpoint.
  std::string session_name; ///< Shown in the account's audit log.
  std::string policy{};     ///< Restricts the last session; empty: no restriction.
  oidc_source oidc;
  /// Assumes the first role; without it the chain begins at the RRSA role.
  identity_source base;
  http_gateway api; ///< The Kubernetes session.
  cloud_session cloud;
  wall_clock wall;
  clock_difference service_ahead{};
  logger log;
  std::uint64_t seed = 0;
};

/// Flow: OIDC token (audience `sts.aliyuncs.com`) -> AssumeRoleWithOIDC -> AssumeRole for each
/// further role of the chain; without an RRSA role: base identity -> AssumeRole ... Every session
/// is cached and renewed when a caller needs a longer validity; the last one is valid for
/// `expire_duration`.
/// Guarantees: one renewal at a time, whose outcome all callers share meanwhile; every caller is
/// answered, also when the actor dies; after a failure the cloud is not called for a moment.
/// Errors: those of the step that failed, with its name.
identity_source spawn_rrsa_chain(caf::actor_system& system, rrsa_chain_deps deps);

} // namespace acr
