#include "tools/helper/policy.hpp"

#include <cstdio>
#include <optional>
#include <string>

#include "actors/admission/admission_scope.hpp"
#include "actors/configured.hpp"
#include "protocol/kubernetes/admission.hpp"

namespace acr::helper {

namespace {

/// The policy that links accounts. Errors: those that `run` rejects, too; they have been printed.
std::optional<std::string> linking_policy_of(const config_source& source) {
  const auto read = read_configuration(source);
  if (!read) {
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(read.error()).c_str());
    return std::nullopt;
  }
  for (const auto& problem : read->problems)
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(problem).c_str());
  if (!read->value)
    return std::nullopt;
  const auto scope = scope_of(*read->value);
  return kubernetes::linking_policy(scope.namespaces, scope.service_accounts,
                                    admission_scope_of(*read->value).references, scope.labels);
}

} // namespace

exit_code print_policies(const policy_options& options) {
  auto text = kubernetes::guard_policies(options.account);
  if (options.configuration) {
    const auto linking = linking_policy_of(*options.configuration);
    if (!linking)
      return exit_code::cannot_start;
    text += "---\n" + (options.beta ? kubernetes::in_beta_api(*linking) : *linking);
  }
  std::fputs(text.c_str(), stdout);
  return exit_code::orderly;
}

} // namespace acr::helper
