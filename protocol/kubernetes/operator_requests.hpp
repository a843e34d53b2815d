/// Further requests to a Kubernetes API server that the operator commands make.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/time.hpp"

namespace acr::kubernetes {

/// Sets one annotation of a ConfigMap, whatever else it holds. Answer: `read_patched`.
http_request annotate_config_map(const object_ref& ref, const std::string& name,
                                 const std::string& value);

/// The Events about a ConfigMap. Answer: `read_events`.
http_request list_events(const object_ref& config_map);
/// Those about a Pod. Answer: `read_events`.
http_request list_pod_events(const object_ref& pod);

/// The fields of an Event that operators read.
struct told_event {
  bool warning = false;
  std::string reason;
  std::string message;
  std::string component;   ///< The reporting component: `field_manager` for us.
  std::string last_seen{}; ///< RFC 3339; empty: absent.
};
/// In the server's order. Errors: those of `failure_of`, `malformed_answer`.
result<std::vector<told_event>> read_events(const http_response& answer);

/// One permission to check.
struct access_question {
  std::string verb;
  std::string group; ///< Empty: core.
  std::string resource;
  std::string subresource; ///< Empty: the object itself.
  std::string ns;          ///< Empty: all namespaces.
  std::string name;        ///< Empty: all names.
};
/// "list secrets acr-x in all namespaces".
std::string to_string(const access_question& question);

/// Whether the caller has the permission (SelfSubjectAccessReview). Answer: `read_access`.
http_request review_access(const access_question& question);

/// Whether the caller has it; `malformed_answer` and those of `failure_of` otherwise.
result<bool> read_access(const http_response& answer);

} // namespace acr::kubernetes
