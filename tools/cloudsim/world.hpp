/// The world of the simulated cloud: accounts, identities, instances, lifetimes.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/secret_string.hpp"
#include "tools/cloudsim/policy.hpp"

namespace acr::cloudsim {

struct access_key {
  std::string id;
  secret_string secret;
  bool active = true;
};

struct user {
  std::string name; ///< "root" is the account itself: may do everything except assume roles.
  std::string id;
  std::vector<access_key> keys;
  policy permissions;
};

struct role {
  std::string name;
  std::string id;
  std::chrono::seconds max_session{3600};
  policy trust;
  policy permissions;
};

struct oidc_provider {
  std::string name;
  std::string issuer;
  std::vector<std::string> client_ids;
  std::string discovery_url; ///< URL of the discovery document: at the issuer, or as given.
  std::string ca_pem;        ///< Trusted roots for it; empty: those of the system.
  std::string keys;          ///< A JWKS in the world itself; empty: to be fetched.
  bool fingerprint_outdated = false;
};

struct domain {
  std::string name;
  std::string type = "SYSTEM"; ///< or USER
};

struct endpoint {
  std::string type; ///< internet, vpc
  bool enabled = true;
  bool acl_enabled = false;
  std::string status = "RUNNING";
  std::vector<domain> domains;
  std::vector<std::string> linked_vpcs;
  std::vector<std::string> acl_entries;
};

struct repository {
  std::string pattern; ///< "team/app", "team/*"
  bool is_public = false;
};

/// An instance of ACR Enterprise edition, or (without id and endpoints) the Personal edition of an
/// account in one region.
struct instance {
  std::string id;
  std::string name;
  std::string account;
  std::string region;
  std::string specification = "Enterprise_Advanced";
  std::string status = "RUNNING";
  std::vector<endpoint> endpoints;
  std::vector<repository> repositories; ///< Empty: every name exists and is private.
  std::string registry_service;         ///< The registry's name as `service`; empty: any.
};

struct account {
  std::string id;
  std::vector<user> users;
  std::vector<role> roles;
  std::vector<oidc_provider> providers;
  std::vector<instance> instances;
  std::vector<instance> personal;
};

struct metadata_service {
  enum class mode { optional, required, disabled, without_tokens };
  mode access = mode::optional;
  std::string region;
  std::string zone;
  std::string instance_id;
  std::string account;
  std::string vpc;
  std::string role_arn; ///< The role attached to the machine; empty: none.
  std::string code = "Success";
};

/// Lifetimes. Requested ones are checked unscaled and granted scaled.
struct lifetimes {
  double scale = 1.0;
  std::chrono::milliseconds password = std::chrono::hours{1}; ///< Already scaled.
  std::chrono::milliseconds session{0};                       ///< Zero: as requested, scaled.
  std::chrono::milliseconds registry_token = std::chrono::minutes{5}; ///< Never scaled.
};

/// Choices that the documentation leaves open.
struct behaviour {
  int expired_token_status = 400;        ///< of InvalidSecurityToken.Expired
  bool missing_instance_in_body = false; ///< INSTANCE_NOT_EXIST as 200 with IsSuccess:false.
  bool flat_password_hour = false;       ///< A password outlives the session that asked for it.
  bool terse_denials = false;            ///< No AccessDeniedDetail, and the same text for all.
};

struct world {
  lifetimes life;
  behaviour how;
  std::vector<account> accounts;
  metadata_service metadata;
  /// How often an account may call an operation within a second; missing: without limit.
  std::map<std::string, std::size_t, std::less<>> limits;
  std::string registry_issuer = "cloudsim";

  const account* find_account(std::string_view id) const;
  const role* find_role(std::string_view arn) const;
  const oidc_provider* find_provider(std::string_view arn) const;
  std::vector<std::string> regions() const; ///< Every region that occurs, once.

  struct key_owner {
    const account* home;
    const user* owner;
    const access_key* key;
  };
  /// Empty if no user has that key.
  key_owner find_key(std::string_view id) const;
};

std::string role_arn(std::string_view account, std::string_view name);
std::string user_arn(std::string_view account, std::string_view name); ///< `...:root` for root.
std::string provider_arn(std::string_view account, std::string_view name);

/// Reads a world document (see README.md). `name` is the prefix of errors, which have line and
/// column; `folder` is the folder of files that it names.
/// Errors: config_bad, file_failed.
result<world> parse_world(const std::string& text, const std::string& name,
                          const std::string& folder);
result<world> load_world(const std::string& path);

/// Reads a policy in the API's format: JSON. Errors: parameter_bad.
result<policy> parse_policy_json(const std::string& text);

} // namespace acr::cloudsim
