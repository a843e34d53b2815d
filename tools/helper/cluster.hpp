/// Which cluster a command is about, and one question to its API server.
#pragma once

#include <string>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "runtime/kubernetes/access.hpp"

namespace acr::helper {

/// A variable of the environment; empty if it is not set.
std::string environment_variable(const char* name);

/// How the command line names a cluster.
struct cluster_options {
  std::string kubeconfig; ///< Files, separated by `:`; empty: in cluster, or the usual places.
  std::string context;    ///< Empty: the current one.
};

/// In the cluster if this is a Pod and nothing is named, else by a kubeconfig: the one that is
/// named, KUBECONFIG, or ~/.kube/config. Errors: those of `runtime/kubernetes/access.hpp`.
result<kubernetes::cluster_access> find_cluster(const cluster_options& options);

/// Sends one request as the session of `run` does, and waits for the answer: for commands that do
/// one thing and end. Errors: those of the Kubernetes session.
result<http_response> ask_once(const kubernetes::cluster_access& cluster, http_request request);

} // namespace acr::helper
