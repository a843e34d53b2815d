/// Which cluster a command is about, and questions to its API server.
#pragma once

#include <memory>
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

/// Asks the API server as the session of `run` does, and waits for each answer: for commands that
/// do something and end.
class api_client {
public:
  explicit api_client(const kubernetes::cluster_access& cluster);
  api_client(const api_client&) = delete;
  api_client& operator=(const api_client&) = delete;
  ~api_client();

  /// Errors: those of the Kubernetes session.
  result<http_response> ask(http_request request);

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace acr::helper
