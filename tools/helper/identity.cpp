#include "tools/helper/identity.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "actors/identity/first_present.hpp"
#include "actors/identity/managed_role.hpp"
#include "actors/identity/profile.hpp"
#include "actors/identity/secret_key.hpp"
#include "actors/identity/static_key.hpp"
#include "actors/identity/worker_role.hpp"
#include "actors/rrsa_chain.hpp"
#include "protocol/aliyun/arn.hpp"
#include "protocol/aliyun/environment.hpp"

namespace acr::helper {

namespace {

using kind = config::identity_origin::kind;

/// RRSA as the pod-identity webhook of Container Service injects it.
identity_source spawn_webhook_role(caf::actor_system& system, const origin_context& around) {
  const auto& read = around.environment;
  rrsa_chain_deps deps;
  deps.chain.rrsa_role_arn = read("ALIBABA_CLOUD_ROLE_ARN");
  deps.chain.rrsa_oidc_provider_arn = read("ALIBABA_CLOUD_OIDC_PROVIDER_ARN");
  deps.oidc.token_file = read("ALIBABA_CLOUD_OIDC_TOKEN_FILE");
  for (const auto& [name, value] :
       {std::pair{"ALIBABA_CLOUD_ROLE_ARN", deps.chain.rrsa_role_arn},
        {"ALIBABA_CLOUD_OIDC_PROVIDER_ARN", deps.chain.rrsa_oidc_provider_arn},
        {"ALIBABA_CLOUD_OIDC_TOKEN_FILE", deps.oidc.token_file}})
    if (value.empty())
      return spawn_static_key(
          system, make_failure(errc::unavailable, "identity", std::string{name} + " is not set"));
  const auto name = read("ALIBABA_CLOUD_ROLE_SESSION_NAME");
  deps.session_name = name.empty() ? session_name(around.options.cluster_name,
                                                  deps.chain.rrsa_oidc_provider_arn, "shared")
                                   : aliyun::session_name(name);
  deps.region = around.options.region;
  deps.oidc.account = around.options.account;
  deps.api = around.api;
  deps.cloud = around.cloud;
  deps.wall = around.wall;
  deps.service_ahead = around.service_ahead;
  deps.log = around.log;
  deps.seed = around.seed("pod identity");
  return spawn_rrsa_chain(system, std::move(deps));
}

identity_source spawn_secret(caf::actor_system& system, const kubernetes::object_ref& secret,
                             bool optional, const origin_context& around) {
  return spawn_secret_key(system, {secret, optional, around.api, around.log});
}

identity_source spawn_managed(caf::actor_system& system, const origin_context& around) {
  managed_role_deps deps;
  if (const auto file = around.environment("ALIBABA_CLOUD_ACK_ADDON_TOKEN_PATH"); !file.empty())
    deps.file = file;
  deps.wall = around.wall;
  deps.service_ahead = around.service_ahead;
  deps.log = around.log;
  return spawn_managed_role(system, std::move(deps));
}

identity_source spawn_worker(caf::actor_system& system, const std::string& role,
                             const origin_context& around) {
  worker_role_deps deps;
  deps.role = role.empty() ? around.environment("ALIBABA_CLOUD_ECS_METADATA") : role;
  deps.cloud = around.cloud;
  deps.wall = around.wall;
  deps.service_ahead = around.service_ahead;
  deps.log = around.log;
  deps.seed = around.seed("worker role");
  return spawn_worker_role(system, std::move(deps));
}

/// Dependencies that all chains of roles share here.
rrsa_chain_deps chain_around(const origin_context& around, const aliyun::profile_role& role) {
  rrsa_chain_deps deps;
  deps.chain.expire_duration = role.duration;
  deps.region = role.sts_region.empty() ? around.options.region : role.sts_region;
  deps.session_name = role.session_name.empty()
                          ? session_name(around.options.cluster_name, "", "profile")
                          : aliyun::session_name(role.session_name);
  deps.policy = role.policy;
  deps.api = around.api;
  deps.cloud = around.cloud;
  deps.wall = around.wall;
  deps.service_ahead = around.service_ahead;
  deps.log = around.log;
  deps.seed = around.seed("role of profile");
  return deps;
}

/// The sources of a profile, each on top of the one before.
std::vector<identity_source> spawn_profile_sources(caf::actor_system& system,
                                                   const aliyun::profile& what,
                                                   const origin_context& around) {
  std::vector<identity_source> sources;
  if (what.from == aliyun::profile::source::access_key) {
    sources.push_back(spawn_static_key(system, what.key));
  } else if (what.from == aliyun::profile::source::worker_role) {
    sources.push_back(spawn_worker(system, what.worker_role, around));
  } else {
    auto deps = chain_around(around, what.oidc_role);
    deps.chain.rrsa_role_arn = what.oidc_role.arn;
    deps.chain.rrsa_oidc_provider_arn = what.oidc_provider_arn;
    deps.oidc.token_file = what.oidc_token_file;
    deps.oidc.file_only = true; // the profile names the token
    sources.push_back(spawn_rrsa_chain(system, std::move(deps)));
  }
  for (const auto& role : what.roles) {
    auto deps = chain_around(around, role);
    deps.chain.roles.push_back({role.arn, role.external_id});
    deps.base = sources.back();
    sources.push_back(spawn_rrsa_chain(system, std::move(deps)));
  }
  return sources;
}

identity_source spawn_profile_of(caf::actor_system& system, const std::string& profile,
                                 std::vector<profile_file> files, const origin_context& around) {
  profile_deps deps;
  deps.files = std::move(files);
  deps.profile = profile.empty() ? around.environment("ALIBABA_CLOUD_PROFILE") : profile;
  deps.environment = around.environment;
  deps.make = [&system, around](const aliyun::profile& what) {
    return spawn_profile_sources(system, what, around);
  };
  deps.log = around.log;
  return spawn_profile(system, std::move(deps));
}

identity_source spawn_default(caf::actor_system& system, const origin_context& around) {
  first_present_deps deps;
  deps.log = around.log;
  const auto profiles = [&system, around](std::vector<profile_file> files) {
    return [&system, around, files = std::move(files)] {
      return spawn_profile_of(system, "", files, around);
    };
  };
  deps.candidates = {
      {"environment",
       [&system, around] {
         return spawn_static_key(system, key_from_environment(around.environment));
       }},
      {"pod identity", [&system, around] { return spawn_webhook_role(system, around); }},
      {"profile of the command line tool", profiles(tool_files(around.environment))},
      {"credentials file", profiles(ini_files(around.environment))},
      {"managed role", [&system, around] { return spawn_managed(system, around); }},
      {"Secret " + addon_secret.ns + "/" + addon_secret.name,
       [&system, around] { return spawn_secret(system, addon_secret, true, around); }},
      {"worker role", [&system, around] { return spawn_worker(system, "", around); }},
  };
  return spawn_first_present(system, std::move(deps));
}

} // namespace

identity_source spawn_origin(caf::actor_system& system, const config::identity_origin& origin,
                             const origin_context& around) {
  switch (origin.from) {
  case kind::automatic:
    if (around.options.identity.from != kind::automatic)
      return spawn_origin(system, around.options.identity, around);
    return spawn_default(system, around);
  case kind::access_key:
    return spawn_static_key(
        system,
        aliyun::credentials{origin.access_key_id, origin.access_key_secret, {}, std::nullopt});
  case kind::environment:
    return spawn_static_key(system, key_from_environment(around.environment));
  case kind::secret:
    return spawn_secret(
        system,
        {origin.secret_namespace.empty() ? around.options.account.ns : origin.secret_namespace,
         origin.secret_name},
        false, around);
  case kind::managed_role:
    return spawn_managed(system, around);
  case kind::worker_role:
    return spawn_worker(system, origin.role_name, around);
  case kind::profile: {
    auto files = tool_files(around.environment);
    for (auto& file : ini_files(around.environment))
      files.push_back(std::move(file));
    return spawn_profile_of(system, origin.profile, std::move(files), around);
  }
  }
  return spawn_static_key(
      system, make_failure(errc::config_bad, "identity", "there is no such source of identity"));
}

std::vector<profile_file> tool_files(const environment_reader& environment) {
  const auto home = environment("HOME");
  if (home.empty() || aliyun::switched_on(environment, "ALIBABA_CLOUD_CLI_PROFILE_DISABLED"))
    return {};
  return {{aliyun::profile_format::tool, home + "/.aliyun/config.json"}};
}

std::vector<profile_file> ini_files(const environment_reader& environment) {
  using aliyun::profile_format;
  if (const auto file = environment("ALIBABA_CLOUD_CREDENTIALS_FILE"); !file.empty())
    return {{profile_format::ini, file}};
  const auto home = environment("HOME");
  if (home.empty())
    return {};
  return {{profile_format::ini, home + "/.alibabacloud/credentials"},
          {profile_format::ini, home + "/.alibabacloud/credentials.ini"}};
}

std::string session_name(const std::string& cluster, const std::string& provider_arn,
                         const std::string& user) {
  auto where = cluster;
  if (const auto provider = aliyun::parse_oidc_provider_arn(provider_arn);
      where.empty() && provider) {
    // Of ACK and of ACS, then the cluster's ID.
    std::string_view name = provider->name;
    for (const std::string_view usual : {"ack-rrsa-", "acs-rrsa-"})
      if (name.starts_with(usual))
        name.remove_prefix(usual.size());
    where = name;
  }
  // A session's name has 64 characters: of a cluster's and an instance's name at most 26 each. Of a
  // longer "ID@REGION" the region is left out, since half of it is useless.
  constexpr std::size_t most = 26;
  auto name = std::string{"acr-helper"};
  if (!where.empty())
    name.append(1, '.').append(where, 0, most);
  if (!user.empty())
    name.append(1, '.').append(user.size() > most ? user.substr(0, user.find('@')) : user, 0, most);
  return aliyun::session_name(name);
}

} // namespace acr::helper
