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

/// The properties of a request: `oidc:iss`, `sts:ExternalId` ... A key may occur repeatedly.
using policy_context = std::vector<std::pair<std::string, std::string>>;

/// Whether `text` matches `pattern`: `*` any characters, `?` one; case-insensitively if `fold`.
bool matches(std::string_view pattern, std::string_view text, bool fold = false);

/// Evaluates a permission policy: one matching Deny overrides every Allow.
verdict evaluate(const policy& rules, std::string_view action, std::string_view resource,
                 const policy_context& about = {});

/// Evaluates a trust policy for a RAM caller. `arns` are all of its names: itself and its account
/// (`acs:ram::<account>:root`).
verdict trusts_ram(const policy& trust, const std::vector<std::string>& arns,
                   const policy_context& about);

/// Evaluates a trust policy for a token of an OIDC provider.
verdict trusts_federated(const policy& trust, std::string_view provider_arn,
                         const policy_context& about);

/// Whether `condition::test` may have this value.
bool known_test(std::string_view name);

} // namespace acr::cloudsim
