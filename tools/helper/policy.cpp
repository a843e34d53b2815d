#include "tools/helper/policy.hpp"

#include <cstdio>
#include <optional>

#include "actors/admission/admission_scope.hpp"
#include "actors/configured.hpp"
#include "config/parse.hpp"
#include "protocol/kubernetes/admission.hpp"
#include "runtime/kubernetes/access.hpp"

namespace acr::helper {

namespace {

/// The policy that links accounts. Errors: those that `run` rejects, too; they have been printed.
std::optional<std::string> linking_policy_of(const std::string& file) {
  const auto text = kubernetes::read_small_file(file);
  if (!text) {
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(text.error()).c_str());
    return std::nullopt;
  }
  const auto read = config::parse_file(text->reveal());
  for (const auto& problem : read.problems)
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(problem).c_str());
  if (!read.value)
    return std::nullopt;
  const auto scope = scope_of(*read.value);
  return kubernetes::linking_policy(scope.namespaces, scope.service_accounts,
                                    admission_scope_of(*read.value).references, scope.labels);
}

} // namespace

exit_code print_policies(const policy_options& options) {
  auto text = kubernetes::guard_policies(options.account);
  if (!options.config_file.empty()) {
    const auto linking = linking_policy_of(options.config_file);
    if (!linking)
      return exit_code::cannot_start;
    text += "---\n" + *linking;
  }
  std::fputs(text.c_str(), stdout);
  return exit_code::orderly;
}

} // namespace acr::helper
