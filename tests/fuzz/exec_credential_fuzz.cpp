// What an exec credential plugin writes to its standard output.
#include "protocol/kubernetes/exec_credential.hpp"
#include "tests/fuzz/target.hpp"

void acr::fuzz::target(std::string_view input) {
  kubernetes::exec_plugin plugin;
  plugin.command = "plugin";
  plugin.api_version = "client.authentication.k8s.io/v1";
  const auto credential = kubernetes::decode_exec_credential(plugin, input);
  check_result(credential);
  if (credential)
    FUZZ_CHECK(!credential->token.empty() || !credential->client_cert_pem.empty());
}
