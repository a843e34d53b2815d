/// The API server's address and our credentials: from a kubeconfig, or from inside a Pod.
#pragma once

#include <memory>
#include <string>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/kubernetes/kubeconfig.hpp"

namespace acr::kubernetes {

/// The files behind `tls_options`; empty: not from a file.
struct tls_files {
  std::string ca;
  std::string client_cert;
  std::string client_key;

  bool any() const noexcept { return !ca.empty() || !client_cert.empty() || !client_key.empty(); }
};

/// Everything that the session needs to reach one API server.
struct cluster_access {
  std::string server; ///< "https://host:port[/prefix]", without a trailing slash.
  std::shared_ptr<const tls_options> tls;
  tls_files files;       ///< Read at each use: the CA of a cluster and client certificates rotate.
  std::string proxy_url; ///< Empty: the environment decides.
  credential_source credential;
  std::string ns; ///< The Pod's own namespace, or the context's; empty if unknown.
};

/// Reads the files (separated by `:`, missing ones are skipped, as kubectl does), and those that
/// they refer to. `context` empty: the current one. Blocks; for the start of a program.
/// Errors: `config_bad`, `file_failed`; never with a secret.
result<cluster_access> load_kubeconfig(const std::string& path_list, const std::string& context);

/// The environment of a Pod.
struct pod_environment {
  std::string host; ///< KUBERNETES_SERVICE_HOST
  std::string port; ///< KUBERNETES_SERVICE_PORT
  std::string folder = "/var/run/secrets/kubernetes.io/serviceaccount";

  /// That of this process.
  static pod_environment current();
};

/// Errors: `unavailable` (this is no Pod), `file_failed` (a Pod without its token or CA).
result<cluster_access> in_cluster(const pod_environment& pod = pod_environment::current());

/// The whole file. Errors: `file_failed` with the reason; more than 1 MiB is one, too.
result<secret_string> read_small_file(const std::string& path);

} // namespace acr::kubernetes
