/// What the user asked for, once understood: the same model whatever the spelling.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/selection.hpp"

namespace acr::config {

/// Which role chain leads to an instance. All empty: the helper's own identity.
struct role_chain {
  std::string rrsa_role_arn;          ///< First role, assumed with the OIDC token.
  std::string rrsa_oidc_provider_arn; ///< The provider that vouches for the token.
  std::string assume_role_arn;        ///< Second role, of the account that owns the instance.
  std::chrono::seconds expire_duration{3600}; ///< Life of the last session, [3600, 43200].

  friend bool operator==(const role_chain&, const role_chain&) = default;
  friend auto operator<=>(const role_chain&, const role_chain&) = default;
};

/// One ACR instance.
struct instance {
  /// Unique in its configuration and stable while the entry means the same: "cri-xxx" or
  /// "personal", then "@region" if the entry names one, then "#2" ... for a further entry of the
  /// same instance.
  std::string name;
  std::string instance_id;          ///< "cri-...", empty for Personal edition.
  std::string region;               ///< Empty: the cluster's.
  std::vector<std::string> domains; ///< Lower case; empty: all of the instance.
  role_chain chain;
  int line = 0; ///< Of the entry, in its document; not part of the meaning.

  bool personal() const { return instance_id.empty(); }
  /// Equal in meaning: everything but `line`.
  bool same_as(const instance& other) const;
};

/// A whole configuration. Immutable once published.
struct configuration {
  std::vector<instance> instances;
  selection namespaces{false, {"default"}};
  selection service_accounts{false, {"default"}};
  std::chrono::seconds expiring_threshold{900}; ///< Renew when a password has less left.
  std::string notify_email;                     ///< Written as `email` of each entry, if set.
  bool rrsa_enabled = false;
  /// Equal in meaning: everything but the lines of the instances.
  bool same_as(const configuration& other) const;
};

/// How bad a problem is, and what it takes with it.
enum class severity : std::uint8_t {
  warning,        ///< Told; nothing is left out.
  entry_rejected, ///< This entry is left out; the others work.
  fatal,          ///< The whole configuration is refused; the last good one stays.
};

/// One problem, told so that the user can mend it.
struct problem {
  severity level = severity::fatal;
  std::string key; ///< "watch-namespace", "acr-registry-info[2].domains"
  int line = 0;    ///< 1-based in the document (for a ConfigMap: in the value of the key); 0: none.
  int column = 0;  ///< 1-based; 0: none.
  std::string value;   ///< The offending text, shortened; never of a secret field.
  std::string message; ///< What is wrong and what would be right.

  friend bool operator==(const problem&, const problem&) = default;
};

/// `acr-registry-info[2].domains, line 7, column 14: "https://x": must be ... `
std::string to_string(const problem& value);

/// What reading gave: a configuration unless a problem is fatal, and everything that was noticed.
struct reading {
  std::optional<configuration> value;
  std::vector<problem> problems;
};

} // namespace acr::config
