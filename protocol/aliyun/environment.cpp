#include "protocol/aliyun/environment.hpp"

#include <utility>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>

#include "protocol/aliyun/arn.hpp"

namespace acr::aliyun {

namespace {

failure refused(const std::string& name, const std::string& why) {
  return make_failure(errc::config_bad, "environment", name + ": " + why);
}

} // namespace

bool switched_on(const environment_reader& read, const char* name) {
  return boost::iequals(read(name), "true");
}

result<endpoint_policy> with_environment(endpoint_policy policy, const environment_reader& read) {
  if (policy.sts_url.empty())
    if (auto host = read("ALIBABA_CLOUD_STS_ENDPOINT"); !host.empty()) {
      const auto scheme = boost::to_lower_copy(read("ALIBABA_CLOUD_STS_HTTP_SCHEME"));
      if (!scheme.empty() && scheme != "http" && scheme != "https")
        return refused("ALIBABA_CLOUD_STS_HTTP_SCHEME", "must be http or https");
      if (!scheme.empty() && host.find("://") == std::string::npos)
        host.insert(0, scheme + "://");
      auto url = parse_endpoint(host);
      if (!url)
        return refused("ALIBABA_CLOUD_STS_ENDPOINT", url.error().message);
      policy.sts_url = std::move(*url);
    }
  if (policy.sts_region.empty()) {
    policy.sts_region = read("ALIBABA_CLOUD_STS_REGION");
    if (!policy.sts_region.empty() && !plausible_region(policy.sts_region))
      return refused("ALIBABA_CLOUD_STS_REGION", "is not a region's name, as cn-hangzhou is");
  }
  if (boost::iequals(read("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"), "false"))
    policy.sts_prefer_vpc = false;
  return policy;
}

result<metadata_policy> metadata_from_environment(const std::string& url,
                                                  const environment_reader& read) {
  metadata_policy policy;
  auto wanted = url.empty() ? read("ALIBABA_CLOUD_IMDS_ENDPOINT") : url;
  if (!wanted.empty()) {
    if (wanted.find("://") == std::string::npos)
      wanted.insert(0, "http://"); // it supports no other scheme
    auto parsed = parse_endpoint(wanted);
    if (!parsed)
      return refused(url.empty() ? "ALIBABA_CLOUD_IMDS_ENDPOINT" : "metadata endpoint",
                     parsed.error().message);
    policy.url = std::move(*parsed);
  }
  policy.disabled = switched_on(read, "ALIBABA_CLOUD_ECS_METADATA_DISABLED");
  policy.hardened_only = switched_on(read, "ALIBABA_CLOUD_IMDSV1_DISABLED");
  policy.without_token = switched_on(read, "ALIBABA_CLOUD_IMDSV2_DISABLED");
  if (policy.hardened_only && policy.without_token && !policy.disabled)
    return refused("ALIBABA_CLOUD_IMDSV2_DISABLED",
                   "with ALIBABA_CLOUD_IMDSV1_DISABLED no way to the metadata service is left: "
                   "unset one, or set ALIBABA_CLOUD_ECS_METADATA_DISABLED");
  return policy;
}

} // namespace acr::aliyun
