/// The RRSAChainActor: from a ServiceAccount token, or from another identity, to a session of the
/// role that may read an instance.
#pragma once

#include <cstdint>
#include <string>

#include <caf/fwd.hpp>

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
  /// Else a token of this account is asked of the API server: RRSA then works without a mount,
  /// and when it is enabled on the cluster later.
  kubernetes::object_ref account{"kube-system", "aliyun-acr-credential-helper"};
  bool file_only = false; ///< Ask the API server for none.
};

struct rrsa_chain_deps {
  config::role_chain chain; ///< At least one role is set.
  std::string region;       ///< Whose STS is asked; empty: the cluster's, else the global one.
  std::string session_name; ///< Shown in the audit log of the account.
  std::string policy{};     ///< Takes permissions from the last session; empty: none.
  oidc_source oidc;
  /// Who assumes the roles of the chain; without it they begin at the RRSA role.
  identity_source base;
  http_gateway api; ///< The Kubernetes session.
  cloud_session cloud;
  wall_clock wall;
  logger log;
  std::uint64_t seed = 0;
};

/// Flow: OIDC token (audience `sts.aliyuncs.com`) -> AssumeRoleWithOIDC -> AssumeRole for each
/// further role of the chain; without an RRSA role: base identity -> AssumeRole ... Every session
/// is kept and renewed when someone wants a longer life; the last one lives `expire_duration`.
/// Guarantees: one renewal at a time, whose outcome all who ask meanwhile share; everyone is
/// answered, also when the actor dies; after a failure the cloud is left alone for a moment.
/// Errors: those of the step that failed, with its name.
identity_source spawn_rrsa_chain(caf::actor_system& system, rrsa_chain_deps deps);

} // namespace acr
