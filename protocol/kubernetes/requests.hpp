/// What we ask of a Kubernetes API server: pure builders of requests whose URL is a path with a
/// query; the Kubernetes session adds the server and the authentication.
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

/// The same list (`list_page`) without what the objects hold beside their metadata. A server that
/// cannot do that sends them whole, which is read the same way.
http_request only_metadata(http_request list);

/// A streaming list: all objects as ADDED, a bookmark that says "that was all", then the watch.
http_request list_stream(const watch_spec& what, std::chrono::seconds timeout);

/// A watch from the resourceVersion last seen. The server ends it after `timeout`.
http_request watch_from(const watch_spec& what, const std::string& resource_version,
                        std::chrono::seconds timeout);

/// Answer: `read_object`.
http_request get_object(object_kind kind, const object_ref& ref);

/// Answer: `read_pod`.
http_request get_pod(const object_ref& ref);

/// Adds those of `names` that the list, as last seen, does not hold; nothing if it holds them all.
/// A JSON Patch that fails (`read_patched_account`: conflict) if the list is another by now: what
/// others wrote is never lost, what is ours never doubled.
std::optional<http_request> link_account(const service_account& seen,
                                         const std::vector<std::string>& names);

/// Removes every entry of `names` from the list as last seen; nothing if there is none. The list
/// itself goes when nothing is left in it.
std::optional<http_request> unlink_account(const service_account& seen,
                                           const std::vector<std::string>& names);

/// A Secret of ours, whole. What is to be replaced is named by its uid and resourceVersion: a
/// request that was given up, and is executed after its successor, changes nothing then. Both are
/// empty if there is none yet.
struct secret_manifest {
  object_ref ref;
  secret_string docker_config; ///< The document; encoded here.
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::string uid;
  std::string resource_version;
};
/// Server-side apply: creates or updates in one request. Answer: `read_applied` (conflict: what was
/// seen is no longer there, or another by now; or, if nothing was seen, somebody else was faster).
http_request apply_secret(const secret_manifest& what);

/// Deletes exactly the Secret that was seen (uid and resourceVersion). Answer: `read_deleted`.
http_request delete_secret(const object_meta& seen);
/// The same of another kind.
http_request delete_object(object_kind kind, const object_meta& seen);

/// Asks for a token of a ServiceAccount for `audience`; the server refuses less than 600 s.
/// Answer: `read_token`.
http_request token_request(const object_ref& account, const std::string& audience,
                           std::chrono::seconds expiration);

/// Creates the Lease if it has no resourceVersion, else replaces exactly what was seen. Leases are
/// created by PUT, too: so the permission can be limited by name. Answer: `read_object`.
http_request put_lease(const lease& what);

/// An Event: what `kubectl describe` of the object shows.
struct event_note {
  object_kind kind = object_kind::config_map;
  object_meta about;
  bool warning = false; ///< Type Warning instead of Normal.
  std::string reason;   ///< UpperCamelCase: "InvalidConfiguration".
  std::string action;   ///< UpperCamelCase: what we were doing, "ReadConfiguration".
  std::string message;  ///< Cut to 1 KiB, as the API demands.
  std::string instance; ///< Which helper says so: the Pod's or host's name.
  wall_time at;
};
/// Creates it (core/v1) in the namespace of the object. Answer: `read_applied`.
http_request create_event(const event_note& what);

/// It happened again: the Event `name` that was created for `what` is counted up to `count`, with
/// the message and time of `what`. Answer: `read_patched`.
http_request repeat_event(const event_note& what, const std::string& name, unsigned count);

} // namespace acr::kubernetes
