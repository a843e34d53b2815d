/// The Kubernetes objects that we read, reduced to what we use.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/secret_string.hpp"
#include "protocol/time.hpp"

namespace acr::kubernetes {

/// The field manager of all our writes.
inline constexpr const char* field_manager = "acr-credential-helper";

/// `namespace/name`; the namespace is empty for cluster-scoped objects.
struct object_ref {
  std::string ns;
  std::string name;

  friend bool operator==(const object_ref&, const object_ref&) = default;
  friend auto operator<=>(const object_ref&, const object_ref&) = default;
};

/// The part that all objects have. `resource_version` is opaque; see `newer`.
struct object_meta {
  object_ref ref;
  std::string uid;
  std::string resource_version;
};

/// On a Namespace or ServiceAccount: its owner wants nothing of ours in it, or no link to it, if
/// the value is "true".
inline constexpr const char* ignore_annotation = "acr-credential-helper/ignore";

/// A Namespace.
struct name_space {
  object_meta meta;
  bool terminating = false; ///< deletionTimestamp is set or the phase is Terminating.
  std::map<std::string, std::string> labels{};
  bool ignored = false; ///< `ignore_annotation`
};

/// A ServiceAccount.
struct service_account {
  object_meta meta;
  /// Names in `imagePullSecrets`, in their order. Nothing: the list is absent.
  std::optional<std::vector<std::string>> pull_secrets;
  /// `managedFields` names us as a manager of `imagePullSecrets`: we were the last to write it. Its
  /// absence proves nothing: a server (1.36.3) keeps no managedFields of an account that was not
  /// created by an apply, and "default" never is; and the next writer of the list takes it over.
  bool managed_by_us = false;
  bool terminating = false;
  /// The field manager, other than ours, that wrote the list last, according to managedFields.
  std::string list_manager{};
  bool ignored = false; ///< `ignore_annotation`
};

inline constexpr const char* docker_config_type = "kubernetes.io/dockerconfigjson";
/// On our Secrets: JSON with the state of each instance in it, without any secret.
inline constexpr const char* instances_annotation = "acr-credential-helper/instances";

/// A Secret of one of our names.
struct secret {
  object_meta meta;
  std::string type;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  secret_string docker_config; ///< `.dockerconfigjson`, decoded from base64; empty if absent.
  bool other_data = false;     ///< It has further keys.
  bool managed_by_us = false;  ///< `managedFields` names us.
  /// No other client has changed the document or `instances_annotation` since we applied them: a
  /// field is no longer ours when another manager changes its value.
  bool written_by_us_last = false;
  /// The field manager, other than ours, that wrote it last, according to managedFields.
  std::string last_manager{};
};

/// A ConfigMap.
struct config_map {
  object_meta meta;
  std::map<std::string, std::string> annotations;
  std::map<std::string, std::string> data;
};

/// A Lease: which of several replicas leads.
struct lease {
  object_meta meta;
  std::string holder; ///< Empty: no one.
  std::chrono::seconds duration{0};
  std::optional<wall_time> acquired_at; ///< By the holder's clock.
  std::optional<wall_time> renewed_at;  ///< By the holder's clock.
  std::int64_t transitions = 0;         ///< How often the holder changed.
};

using object = std::variant<name_space, service_account, secret, config_map, lease>;

const object_meta& meta_of(const object& value);

/// Whether resourceVersion `a` is known to be later than `b`: both are decimal numbers (true of
/// every etcd-backed server, and official since Kubernetes 1.35) and a > b. Otherwise false. One
/// rule for all comparisons: an arriving state is ignored if the known one is `newer`, so states
/// that cannot be compared are accepted.
bool newer(const std::string& a, const std::string& b);

} // namespace acr::kubernetes
