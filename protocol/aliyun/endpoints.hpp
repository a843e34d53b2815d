/// Addresses of a product's API, in the order in which to try them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/aliyun/operation.hpp"
#include "protocol/failure.hpp"

namespace acr::aliyun {

/// The operator's settings. An override is a base URL as `parse_endpoint` returns it; `{region}` in
/// it stands for the region.
struct endpoint_policy {
  std::string sts_url; ///< Empty: Alibaba Cloud's.
  std::string cr_url;  ///< Empty: Alibaba Cloud's.
  /// Inside a VPC the VPC endpoint needs no route to the internet; it is tried first, then the
  /// public one. False: only the public one.
  bool prefer_vpc = true;
  bool sts_prefer_vpc = true; ///< False: STS only at the public one.
  std::string sts_region;     ///< Region of STS; empty: that of the call.
};

/// Base URLs without a trailing slash, in the order in which to try them; never empty. Without a
/// region, STS is called at its global address, which is reachable only over the internet.
std::vector<std::string> endpoint_candidates(product service, std::string_view region,
                                             const endpoint_policy& policy);

/// Parses an override as an operator writes it: `host`, `host:port` or `http[s]://host[:port][/]`;
/// the default scheme is https. Errors: `config_bad`.
result<std::string> parse_endpoint(std::string_view text);

} // namespace acr::aliyun
