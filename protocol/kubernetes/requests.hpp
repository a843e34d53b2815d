/// Requests to a Kubernetes API server: pure builders, with a path and a query as the URL; the
/// Kubernetes session adds the server and the authentication.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/http.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/secret_string.hpp"
#include "protocol/time.hpp"

namespace acr::kubernetes {

/// What to list and watch.
struct watch_spec {
  object_kind kind = object_kind::name_space;
  std::string ns;             ///< Empty: all namespaces (always so for Namespaces).
  std::string field_selector; ///< "metadata.name=x", or empty.

  friend bool operator==(const watch_spec&, const watch_spec&) = default;
};

/// One page of at most `limit` objects; `continue_token` from the page before, or empty.
http_request list_page(const watch_spec& what, int limit, const std::string& continue_token);

/// The same list (`list_page`) with the objects' metadata only. A server that cannot do that sends
/// whole objects, which are read the same way.
http_request only_metadata(http_request list);

/// A streaming list: all objects as ADDED, a bookmark that marks the end of the list, then the
/// watch.
http_request list_stream(const watch_spec& what, std::chrono::seconds timeout);

/// A watch from the resourceVersion last seen. The server ends it after `timeout`.
http_request watch_from(const watch_spec& what, const std::string& resource_version,
                        std::chrono::seconds timeout);

/// Answer: `read_object`.
http_request get_object(object_kind kind, const object_ref& ref);

/// Answer: `read_pod`.
http_request get_pod(const object_ref& ref);

/// Adds those of `names` that the list, as last seen, lacks; nothing if it has them all. A JSON
/// Patch that fails (`read_patched_account`: conflict) if the list has changed since: entries of
/// others are never lost, ours never duplicated.
std::optional<http_request> link_account(const service_account& seen,
                                         const std::vector<std::string>& names);

/// Removes every entry of `names` from the list as last seen; nothing if there is none. The list
/// itself is removed when it becomes empty.
std::optional<http_request> unlink_account(const service_account& seen,
                                           const std::vector<std::string>& names);

/// One of our Secrets, complete. The object to replace is named by its uid and resourceVersion: a
/// request that was abandoned, and is executed after its successor, then changes nothing. Both are
/// empty if there is none yet.
struct secret_manifest {
  object_ref ref;
  secret_string docker_config; ///< The document; encoded here.
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::string uid;
  std::string resource_version;
};
/// Server-side apply: creates or updates in one request. Answer: `read_applied` (conflict: the
/// observed object was deleted or changed; or, if there was none, another client was faster).
http_request apply_secret(const secret_manifest& what);

/// Deletes exactly the observed Secret (uid and resourceVersion). Answer: `read_deleted`.
http_request delete_secret(const object_meta& seen);
/// The same for another kind.
http_request delete_object(object_kind kind, const object_meta& seen);

/// Requests a token of a ServiceAccount for `audience`; the server refuses less than 600 s. Answer:
/// `read_token`.
http_request token_request(const object_ref& account, const std::string& audience,
                           std::chrono::seconds expiration);

/// Creates the Lease if it has no resourceVersion, otherwise replaces exactly the observed one.
/// Leases are created by PUT, too: so the permission can be limited by name. Answer: `read_object`.
http_request put_lease(const lease& what);

/// An Event: what `kubectl describe` of the object shows.
struct event_note {
  object_kind kind = object_kind::config_map;
  object_meta about;
  bool warning = false; ///< Type Warning instead of Normal.
  std::string reason;   ///< UpperCamelCase: "InvalidConfiguration".
  std::string action;   ///< UpperCamelCase: what we were doing, "ReadConfiguration".
  std::string message;  ///< Cut to 1 KiB, as the API requires.
  std::string instance; ///< The reporting instance: the Pod's or host's name.
  wall_time at;
};
/// Creates it (core/v1) in the namespace of the object. Answer: `read_applied`.
http_request create_event(const event_note& what);

/// Records a repetition: the Event `name` that was created for `what` is counted up to `count`,
/// with the message and time of `what`. Answer: `read_patched`.
http_request repeat_event(const event_note& what, const std::string& name, unsigned count);

} // namespace acr::kubernetes
