/// The simulated Kubernetes API without sockets and without a clock: requests in, answers out.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "tools/kubesim/admission.hpp"
#include "tools/kubesim/message.hpp"

namespace acr::kubesim {

/// One request in an audit log.
struct audit_record {
  wall_time at;
  std::string user;
  std::string verb; ///< get, list, watch, create, update, patch, delete, deletecollection
  std::string group;
  std::string resource; ///< Empty: not about a resource.
  std::string subresource;
  std::string ns;
  std::string name;
  std::string uri;
  int status = 0;
};

struct cluster_options {
  std::uint64_t seed = 1; ///< For uids and generated names.
  std::string issuer = "https://kubernetes.default.svc.cluster.local"; ///< For account tokens.
  std::string signing_key_pem;       ///< RSA; empty: a new one, generated when needed.
  std::string root_ca_pem;           ///< Published as ConfigMap kube-root-ca.crt.
  std::string admin_token = "admin"; ///< Bearer token of user "admin", group system:masters.
  bool controllers =
      true; ///< Default accounts, root CA, namespace deletion; otherwise up to the caller.
  std::chrono::milliseconds controller_delay{10}; ///< Reaction time of controllers.
  std::chrono::seconds bookmark_interval{60};
  std::size_t history_limit = 10000; ///< Events kept for watches that resume.
  std::function<void(const audit_record&)> on_audit;
  /// Called for each write, by any client, while it happens: the object before (null: created) and
  /// after (null: deleted). It must not call the cluster.
  std::function<void(std::string_view resource, const boost::json::object* before,
                     const boost::json::object* after)>
      on_change;
  /// Called as a mutating webhook, of ServiceAccounts that are created or updated: the JSON Patch
  /// that it answers, if it answers. It must not call the cluster.
  std::function<std::optional<boost::json::value>(const admitted& what,
                                                  const boost::json::object& object)>
      webhook;
};

/// All objects at one moment; cheap to take and to keep.
class backup {
private:
  friend class cluster;
  std::uint64_t version_ = 0;
  std::map<std::string, std::map<std::string, std::shared_ptr<const boost::json::object>>> objects_;
};

/// Not thread-safe: one caller at a time.
class cluster {
public:
  /// `now`: the start time. The namespaces that every cluster has exist at once.
  explicit cluster(wall_time now, cluster_options options = {});
  ~cluster();
  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;

  /// Answers as a kube-apiserver. First runs the work that is due by `from.now`, as `advance` does.
  /// Never throws because of a request.
  outcome handle(const request& from);

  /// Runs the work that is due by `now`: controllers, bookmarks, the end of timed watches.
  void advance(wall_time now);

  /// When `advance` has work next; nothing: only a request changes anything.
  std::optional<wall_time> next_due() const;

  /// The administration interface (README.md): faults, compaction, partition, restart.
  response administer(const request& from);

  /// Ends all watches as a restart does (connections break) and drops the watch history: resuming
  /// from an older version is answered with 410. Objects stay.
  void restart(wall_time now);
  /// Adds a rule of admission; returns its number. It applies to later requests.
  std::uint64_t admit(admission_rule rule);
  /// Removes a rule. False if there is none of that number.
  bool dismiss(std::uint64_t rule);

  /// A state for `restore`.
  backup snapshot() const;
  /// As an etcd that is restored from a backup: the objects are those of that moment with their
  /// uids, versions continue from there, watches break, the history is dropped. `on_change` reports
  /// each object that differs.
  void restore(const backup& from, wall_time now);

  /// Makes every resourceVersion up to now too old for watches and continued lists (410).
  void compact();
  /// Drops (`fate::silence`) requests of a source, and keeps its watches silent, until undone. An
  /// empty source means everyone.
  void partition(const std::string& source, bool on);

  /// For checkers, without authentication, authorization, audit and faults. `resource` as in a URL:
  /// "secrets". Null if there is none. Valid until the next non-const call.
  const boost::json::object* find(std::string_view resource, std::string_view ns,
                                  std::string_view name) const;
  /// Calls `look` with each object of the resource, ordered by namespace and name; an empty
  /// namespace: all.
  void each(std::string_view resource, std::string_view ns,
            const std::function<void(const boost::json::object&)>& look) const;
  /// The version of the last write: nothing was written between equal versions.
  std::uint64_t version() const noexcept;

  /// A token of a ServiceAccount as TokenRequest signs it (audience: the issuer), without a
  /// request. Empty if there is no such account.
  std::string account_token(const std::string& ns, const std::string& name,
                            std::chrono::seconds lifetime, wall_time now);

  /// The complete stored state, and its restoration (in a new cluster, before its first request).
  boost::json::object dump() const;
  void load(const boost::json::object& from);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace acr::kubesim
