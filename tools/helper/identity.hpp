/// The helper's identities: their origins, and the order in which sources are tried.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/identity/profile.hpp"
#include "actors/refresh_policy.hpp"
#include "config/model.hpp"
#include "protocol/environment.hpp"
#include "protocol/messages/cloud.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/messages/identity.hpp"
#include "runtime/observability/log.hpp"
#include "tools/helper/options.hpp"

namespace acr::helper {

struct origin_context {
  const run_options& options;
  environment_reader environment;
  http_gateway api;
  cloud_session cloud;
  wall_clock wall;
  clock_difference service_ahead;
  std::function<std::uint64_t(std::string_view who)> seed;
  logger log;
};

/// The source of `origin`. `automatic` stands for the one of `--identity`, or, without that option,
/// for the first available: environment AccessKey, environment of the pod-identity webhook, profile
/// of the command line tool, credentials file, add-on token file, Secret of a registered cluster,
/// role of the machine.
identity_source spawn_origin(caf::actor_system& system, const config::identity_origin& origin,
                             const origin_context& around);

/// Where the vendor's command line tool keeps profiles; empty if the environment disables them
/// (ALIBABA_CLOUD_CLI_PROFILE_DISABLED), or has no home.
std::vector<profile_file> tool_files(const environment_reader& environment);
/// Where the vendor's SDKs look for credentials files: ALIBABA_CLOUD_CREDENTIALS_FILE, else
/// `~/.alibabacloud/credentials`, then `credentials.ini`, its name in the Python SDK.
std::vector<profile_file> ini_files(const environment_reader& environment);

/// Names a session for the audit log of the account: cluster and instance. If `cluster` is empty,
/// the cluster ID in the name of its OIDC provider is used, if there is one.
std::string session_name(const std::string& cluster, const std::string& provider_arn,
                         const std::string& user);

} // namespace acr::helper
