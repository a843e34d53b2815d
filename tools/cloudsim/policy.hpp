/// RAM's permission language: policies, trust policies, and their evaluation. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acr::cloudsim {

/// One test of a statement: `StringEquals: {oidc:sub: [a, b]}`.
struct condition {
  std::string test; ///< StringEquals, StringNotEquals, StringLike ... as parsed.
  std::string key;  ///< "oidc:sub"
  std::vector<std::string> values;
};

struct statement {
  bool allow = false;
  std::vector<std::string> actions;
  std::vector<std::string> resources; ///< Empty in a trust policy.
  std::vector<std::string> ram;       ///< Principal.RAM: ARNs of accounts, users, roles.
  std::vector<std::string> federated; ///< Principal.Federated: ARNs of identity providers.
  std::vector<condition> conditions;
};

struct policy {
  std::vector<statement> statements;
};

enum class verdict { allowed, denied_explicitly, denied_implicitly };

/// What a request says about itself: `oidc:iss`, `sts:ExternalId` ... A key may occur repeatedly.
using policy_context = std::vector<std::pair<std::string, std::string>>;

/// Whether `text` has the form `pattern`: `*` any characters, `?` one; in any case if `fold`.
bool matches(std::string_view pattern, std::string_view text, bool fold = false);

/// Evaluates a permission policy: one Deny that applies beats every Allow.
verdict evaluate(const policy& rules, std::string_view action, std::string_view resource,
                 const policy_context& about = {});

/// Evaluates a trust policy for a RAM caller. `arns` are all names by which it is known: itself and
/// its account (`acs:ram::<account>:root`).
verdict trusts_ram(const policy& trust, const std::vector<std::string>& arns,
                   const policy_context& about);

/// Evaluates a trust policy for a token of an OIDC provider.
verdict trusts_federated(const policy& trust, std::string_view provider_arn,
                         const policy_context& about);

/// The tests that `condition::test` may name.
bool known_test(std::string_view name);

} // namespace acr::cloudsim
