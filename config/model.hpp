/// The configuration as understood: the same model for all spellings.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/label_selector.hpp"
#include "protocol/secret_string.hpp"
#include "protocol/selection.hpp"

namespace acr::config {

/// The source of the first credentials, before any role is assumed.
struct identity_origin {
  enum class kind : std::uint8_t {
    automatic,    ///< The first available source of the default order (docs/identities.md).
    access_key,   ///< `access_key_id` and `access_key_secret` of the configuration.
    secret,       ///< An AccessKey in the Secret `secret_namespace`/`secret_name`.
    environment,  ///< The environment variables of the vendor's SDKs.
    profile,      ///< A profile of the vendor's command line tool, or of a credentials file.
    worker_role,  ///< The RAM role of the machine, from its metadata service.
    managed_role, ///< The token file that Container Service mounts for its add-ons.
  };
  kind from = kind::automatic;
  std::string access_key_id;
  secret_string access_key_secret;
  std::string secret_namespace; ///< Empty: the helper's own.
  std::string secret_name;
  std::string role_name; ///< Of `worker_role`; empty: the attached one.
  std::string profile;   ///< Of `profile`; empty: the current one.

  friend bool operator==(const identity_origin&, const identity_origin&) = default;
};

/// One role to assume with the current session.
struct assumed_role {
  std::string arn;
  std::string external_id; ///< Empty: none.

  friend bool operator==(const assumed_role&, const assumed_role&) = default;
};

/// The chain of identities to an instance. All empty: the helper's own identity.
struct role_chain {
  /// Ignored if there is an RRSA role, since its token comes first then.
  identity_origin origin{};
  std::string rrsa_role_arn;          ///< First role, assumed with the OIDC token.
  std::string rrsa_oidc_provider_arn; ///< The provider that verifies the token.
  std::vector<assumed_role> roles;    ///< Further roles, each assumed with the session before.
  std::chrono::seconds expire_duration{3600}; ///< Lifetime of the last session, [3600, 43200].

  friend bool operator==(const role_chain&, const role_chain&) = default;
};

/// One ACR instance.
struct instance {
  /// Unique in its configuration and independent of the order of the entries: "cri-xxx" or
  /// "personal", then "@region" if the entry has one. If several entries refer to one instance,
  /// each has "#" and eight hexadecimal digits of what distinguishes it: identity and roles.
  std::string name;
  std::string instance_id;          ///< "cri-...", empty for Personal edition.
  std::string region;               ///< Empty: the cluster's.
  std::vector<std::string> domains; ///< Lower case; empty: all of the instance.
  role_chain chain;
  /// Its credentials go to no other ones, and of these to those that are served at all.
  selection namespaces{true};
  int line = 0; ///< Of the entry, in its document; not part of the meaning.

  bool personal() const { return instance_id.empty(); }
  /// Whether `namespaces` says anything.
  bool limited() const { return namespaces != selection{true}; }
  /// Equal in meaning: everything but `line`.
  bool same_as(const instance& other) const;
};

/// How accounts and Pods are treated on creation.
struct webhook_settings {
  bool enabled = true; ///< False: everything is admitted unchanged.
  /// Also Pods with their own `imagePullSecrets`, to which their account's do not apply.
  bool pods_with_own_list = false;

  friend bool operator==(const webhook_settings&, const webhook_settings&) = default;
};

/// A whole configuration. Immutable once published.
struct configuration {
  std::vector<instance> instances;
  selection namespaces{false, {"default"}};
  label_selector namespace_labels{}; ///< Only namespaces that it selects, too.
  selection service_accounts{false, {"default"}};
  std::chrono::seconds expiring_threshold{900}; ///< Renew when less than this is left.
  std::string notify_email;                     ///< Written as `email` of each entry, if set.
  bool rrsa_enabled = false;                    ///< Whether an instance uses RRSA.
  webhook_settings webhook{};
  /// Equal in meaning: everything but the lines of the instances.
  bool same_as(const configuration& other) const;
};

/// The namespaces that hold any of the helper's objects: the watched ones that have an entry.
selection served_namespaces(const configuration& of);

/// The forms of a configuration, distinguished by their keys.
enum class spelling : std::uint8_t {
  config_map, ///< The keys of the ConfigMap: `acr-registry-info`, ...
  add_on,     ///< The add-on's: `AcrInstanceInfo`, ...
  file,       ///< Ours: `instances`, ...
};

/// How severe a problem is, and what it affects.
enum class severity : std::uint8_t {
  warning,        ///< Reported; nothing is left out.
  entry_rejected, ///< This entry is rejected; the others work.
  fatal,          ///< The whole configuration is rejected; the last good one stays.
};

/// One problem, worded so that the user can fix it.
struct problem {
  severity level = severity::fatal;
  std::string key; ///< "watch-namespace", "acr-registry-info[2].domains"
  int line = 0;    ///< 1-based in the document (for a ConfigMap: in the value of the key); 0: none.
  int column = 0;  ///< 1-based; 0: none.
  std::string value;   ///< The offending text, shortened; never of a secret field.
  std::string message; ///< What is wrong and what would be correct.

  friend bool operator==(const problem&, const problem&) = default;
};

/// `acr-registry-info[2].domains, line 7, column 14: "https://x": must be ... `
std::string to_string(const problem& value);

/// The result of reading: a configuration unless a problem is fatal, and all problems.
struct reading {
  std::optional<configuration> value;
  std::vector<problem> problems;
  spelling form = spelling::config_map;
};

} // namespace acr::config
