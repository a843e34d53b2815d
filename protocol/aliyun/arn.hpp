/// The names of Alibaba Cloud: ARNs, regions, role sessions, registry hosts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace acr::aliyun {

/// `acs:ram::<account>:<kind>/<name>`
struct ram_arn {
  std::string account; ///< Digits.
  std::string name;

  friend bool operator==(const ram_arn&, const ram_arn&) = default;
};

/// `acs:ram::1234567890123456:role/acr-puller`; nothing if it is not of this form.
std::optional<ram_arn> parse_role_arn(std::string_view text);

/// `acs:ram::1234567890123456:oidc-provider/ack-rrsa-c123`; nothing if it is not of this form.
std::optional<ram_arn> parse_oidc_provider_arn(std::string_view text);

/// Whether it can be a region's name: `cn-hangzhou`, `me-central-1`, `cn-hangzhou-finance`. Checks
/// the form, not a list: regions are added without notice, and the published lists differ.
bool plausible_region(std::string_view text);

/// A RoleSessionName as STS accepts it: 2 to 64 of `[A-Za-z0-9.@_-]`; others become `-`. Empty
/// gives the helper's own name.
std::string session_name(std::string_view wanted);

/// The hosts of Personal edition in a region: public, VPC, internal.
std::vector<std::string> personal_domains(std::string_view region);

} // namespace acr::aliyun
