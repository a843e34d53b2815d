/// The input and output of an exec credential plugin (client.authentication.k8s.io).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/failure.hpp"
#include "protocol/kubernetes/kubeconfig.hpp"
#include "protocol/secret_string.hpp"
#include "protocol/time.hpp"

namespace acr::kubernetes {

/// The credential from a plugin: a token, a client certificate with its key, or both.
struct exec_credential {
  secret_string token;
  std::string client_cert_pem;
  secret_string client_key_pem;
  std::optional<wall_time> expires_at; ///< Nothing: valid until a request is refused with 401.
};

/// The cluster as passed to a plugin that asks for it.
struct exec_cluster {
  std::string server;
  std::string tls_server_name;
  std::string ca_pem;
  std::string proxy_url;
  bool insecure_skip_verify = false;
};

/// The value of the variable KUBERNETES_EXEC_INFO. Not interactive: we have no terminal.
std::string render_exec_info(const exec_plugin& plugin, const exec_cluster& cluster);

/// Reads what a plugin wrote to its standard output. Errors: `malformed_answer`, without any part
/// of the text.
result<exec_credential> decode_exec_credential(const exec_plugin& plugin, std::string_view text);

} // namespace acr::kubernetes
