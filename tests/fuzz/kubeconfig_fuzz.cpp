// One or more kubeconfig documents.
#include <string>

#include "protocol/kubernetes/kubeconfig.hpp"
#include "tests/fuzz/target.hpp"

void acr::fuzz::target(std::string_view input) {
  std::vector<kubernetes::kubeconfig_document> documents;
  for (const auto part : parts(input))
    documents.push_back({"kubeconfig", secret_string{part}});
  const auto access = kubernetes::parse_kubeconfig(documents, "");
  check_result(access);
  if (!access)
    return;
  FUZZ_CHECK(!access->server.empty() && access->server.back() != '/');
  const auto named = kubernetes::parse_kubeconfig(documents, access->context);
  FUZZ_CHECK(named && named->server == access->server);
}
