/// Why a call of the cloud most likely failed, and what to do: a table of causes for operators.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/aliyun/credentials.hpp"
#include "protocol/aliyun/operation.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret_string.hpp"

namespace acr::aliyun {

/// What must be true besides code and message for a row to match.
enum class circumstance : std::uint8_t {
  always,
  cluster_issuer,      ///< The token's issuer is an address within the cluster.
  without_external_id, ///< AssumeRole without an ExternalId.
  vpc_endpoint,        ///< The endpoint is one for VPCs.
  session_signer,      ///< Signed with a session, not with a long-lived key.
  usual_audience,      ///< The token's audience is the documented one, sts.aliyuncs.com.
};

/// One row. The first match counts. Texts contain `{sub}` and the like, see `explain`.
struct cause_row {
  std::string_view id; ///< Stable: logs name it, docs/troubleshooting.md lists it.
  /// An action, `personal` (GetAuthorizationToken of Personal edition), `sts`, `cr`, `metadata`,
  /// or empty: any.
  std::string_view step;
  std::string_view code;    ///< The service's, `X*` is a prefix; or ours, as `to_string(errc)`.
  std::string_view message; ///< Substring of the service's message, or empty.
  circumstance when;
  std::string_view cause;
  std::string_view remedy;
};

/// The whole table, for documentation and tests.
std::span<const cause_row> causes();

/// What is known of a call besides the operation.
struct call_context {
  std::string region;
  std::string url; ///< Base URL of the endpoint that was called last; empty: none was.
  std::optional<credentials> signer;
};

/// Fills in `cause_id`, `cause` and `remedy` of a failed call, and names in `step` the object of
/// the call: `sts AssumeRole of acs:ram::1:role/x`. Values shown are names and the claims iss, sub,
/// aud and exp of an OIDC token; never the token, a key's secret or a session token.
void explain(failure& reason, const operation& what, const call_context& context);

/// The same for a failure of the metadata service.
void explain_metadata(failure& reason);

/// What keeps Pods from the domains of an instance, according to ListInstanceEndpoint.
struct endpoint_finding {
  std::string endpoint; ///< "internet", "vpc"; empty: the instance as a whole.
  /// No one can pull through it as it is; otherwise it depends on where the nodes are.
  bool closed = true;
  std::string cause_id;
  std::string cause;
  std::string remedy;

  friend bool operator==(const endpoint_finding&, const endpoint_finding&) = default;
};
/// Reads the answer of ListInstanceEndpoint of `instance_id`; nothing if all is well, or if the
/// answer is malformed (which `read_instance_endpoints` reports).
std::vector<endpoint_finding> endpoint_findings(const secret_string& body,
                                                const std::string& instance_id);

/// The failure of an instance without any domain, explained.
failure no_domain_failure(const secret_string& body, const std::string& instance_id);

} // namespace acr::aliyun
