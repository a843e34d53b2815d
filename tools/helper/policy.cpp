#include "tools/helper/policy.hpp"

#include <cstdio>

#include "config/parse.hpp"
#include "protocol/kubernetes/admission.hpp"
#include "runtime/kubernetes/access.hpp"

namespace acr::helper {

exit_code print_policy(const std::string& file) {
  const auto text = kubernetes::read_small_file(file);
  if (!text) {
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(text.error()).c_str());
    return exit_code::cannot_start;
  }
  const auto read = config::parse_file(text->reveal());
  for (const auto& problem : read.problems)
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(problem).c_str());
  if (!read.value)
    return exit_code::cannot_start;
  const auto policy =
      kubernetes::linking_policy(read.value->namespaces, read.value->service_accounts);
  std::fputs(policy.c_str(), stdout);
  return exit_code::orderly;
}

} // namespace acr::helper
