/// Reads kubeconfig documents: server, trust and credentials. Opens no file.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/secret_string.hpp"

namespace acr::kubernetes {

/// One document: `path` resolves relative paths and names the file in errors.
struct kubeconfig_document {
  std::string path;
  secret_string text;
};

/// PEM data: in the document itself, or in a file that is still to be read. Both empty: not
/// configured.
struct pem_source {
  std::string path; ///< Absolute, or relative to the working directory if the document's path is.
  secret_string data;

  bool empty() const noexcept { return path.empty() && data.empty(); }
};

/// A program that obtains a credential (client.authentication.k8s.io).
struct exec_plugin {
  std::string command; ///< A path, or a name to be found in PATH.
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env; ///< In addition to our own environment.
  std::string api_version;  ///< "client.authentication.k8s.io/v1" or "v1beta1".
  std::string install_hint; ///< Shown when the program is missing.
  bool provide_cluster_info = false;
};

struct no_credential {}; ///< Or only the client certificate.
struct fixed_token {
  secret_string value;
};
struct token_file {
  std::string path; ///< Read at each use: projected tokens rotate.
};
/// How we authenticate, besides a client certificate.
using credential_source = std::variant<no_credential, fixed_token, token_file, exec_plugin>;

/// One context, resolved.
struct kubeconfig_access {
  std::string context;
  std::string server;          ///< "https://host:port", without a trailing slash.
  std::string ns;              ///< Of the context; empty if it names none.
  std::string tls_server_name; ///< Empty: the host of the server.
  std::string proxy_url;       ///< Empty: the environment decides.
  bool insecure_skip_verify = false;
  pem_source ca;
  pem_source client_cert;
  pem_source client_key;
  credential_source credential;
};

/// Merges the documents as kubectl does (the first of two entries with one name and the first
/// current-context count), and resolves `context`, or the current one if it is empty.
/// Errors: `config_bad`, with file, line, column and what is allowed; never with a secret.
result<kubeconfig_access> parse_kubeconfig(const std::vector<kubeconfig_document>& documents,
                                           const std::string& context);

} // namespace acr::kubernetes
