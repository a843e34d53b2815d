/// Where a product's API is served: which addresses to try, in which order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/aliyun/operation.hpp"
#include "protocol/failure.hpp"

namespace acr::aliyun {

/// What the operator wants. An override is a base URL as `parse_endpoint` gives it; `{region}` in
/// it stands for the region.
struct endpoint_policy {
  std::string sts_url; ///< Empty: Alibaba Cloud's.
  std::string cr_url;  ///< Empty: Alibaba Cloud's.
  /// Inside a VPC the VPC endpoint needs no way to the internet; it is tried first, then the public
  /// one. False: only the public one.
  bool prefer_vpc = true;
  bool sts_prefer_vpc = true; ///< False: STS only at the public one.
  std::string sts_region;     ///< Whose STS is asked; empty: that of the call.
};

/// Base URLs without a slash at the end, in the order in which to try them; never empty. Without a
/// region, STS is asked at its global address, which only the internet leads to.
std::vector<std::string> endpoint_candidates(product service, std::string_view region,
                                             const endpoint_policy& policy);

/// An override as an operator writes it: `host`, `host:port` or `http[s]://host[:port][/]`; without
/// a scheme https is meant. Errors: `config_bad`.
result<std::string> parse_endpoint(std::string_view text);

} // namespace acr::aliyun
