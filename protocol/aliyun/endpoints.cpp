#include "protocol/aliyun/endpoints.hpp"

#include <algorithm>

namespace acr::aliyun {

namespace {

constexpr std::string_view placeholder = "{region}";

std::string filled(std::string text, std::string_view region) {
  for (auto at = text.find(placeholder); at != std::string::npos;
       at = text.find(placeholder, at + region.size()))
    text.replace(at, placeholder.size(), region);
  return text;
}

// STS serves the finance cloud of Hangzhou from Hangzhou; no other region is an exception.
std::string_view sts_region(std::string_view region) {
  return region == "cn-hangzhou-finance" ? "cn-hangzhou" : region;
}

bool host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_' || c == '[' || c == ']' || c == ':';
}

failure refused(std::string_view text) {
  failure reason;
  reason.code = errc::config_bad;
  reason.message = "not an endpoint (expected host, host:port or http(s)://host[:port]): ";
  reason.message += text.substr(0, 100);
  return reason;
}

} // namespace

std::vector<std::string> endpoint_candidates(product service, std::string_view region,
                                             const endpoint_policy& policy) {
  const auto& fixed = service == product::sts ? policy.sts_url : policy.cr_url;
  if (service == product::sts && !policy.sts_region.empty())
    region = policy.sts_region;
  if (!fixed.empty())
    return {filled(fixed, region)};
  if (service == product::sts && region.empty())
    return {"https://sts.aliyuncs.com"};
  const std::string name = service == product::sts ? "sts" : "cr";
  const std::string rest =
      '.' + std::string{service == product::sts ? sts_region(region) : region} + ".aliyuncs.com";
  std::vector<std::string> urls;
  if (policy.prefer_vpc && (service != product::sts || policy.sts_prefer_vpc))
    urls.push_back("https://" + name + "-vpc" + rest);
  urls.push_back("https://" + name + rest);
  return urls;
}

result<std::string> parse_endpoint(std::string_view text) {
  auto rest = text;
  std::string url = "https://";
  for (const std::string_view scheme : {"https://", "http://"})
    if (rest.starts_with(scheme)) {
      url = scheme;
      rest.remove_prefix(scheme.size());
      break;
    }
  while (rest.ends_with('/'))
    rest.remove_suffix(1);
  const auto sample = filled(std::string{rest}, "r");
  if (sample.empty() || !std::all_of(sample.begin(), sample.end(), host_character))
    return refused(text);
  return url + std::string{rest};
}

} // namespace acr::aliyun
