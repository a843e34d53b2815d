/// Settings from the environment for reaching Alibaba Cloud, by the names that the vendor's SDKs
/// use.
#pragma once

#include <string>

#include "protocol/aliyun/endpoints.hpp"
#include "protocol/aliyun/metadata.hpp"
#include "protocol/environment.hpp"
#include "protocol/failure.hpp"

namespace acr::aliyun {

/// Adds to `policy` what it does not set yet (the command line takes precedence over the
/// environment): ALIBABA_CLOUD_STS_ENDPOINT (a host or URL, with ALIBABA_CLOUD_STS_HTTP_SCHEME for
/// its scheme), ALIBABA_CLOUD_STS_REGION, ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED (`false`: STS only at
/// the public endpoint; `true` is the default here). Errors: `config_bad`, naming the variable.
result<endpoint_policy> with_environment(endpoint_policy policy, const environment_reader& read);

/// How to reach the metadata service. `url`: from the command line, or empty:
/// ALIBABA_CLOUD_IMDS_ENDPOINT, else the default of every instance. Switches:
/// ALIBABA_CLOUD_ECS_METADATA_DISABLED, ALIBABA_CLOUD_IMDSV1_DISABLED,
/// ALIBABA_CLOUD_IMDSV2_DISABLED. Errors: `config_bad`, for an invalid address, and if both modes
/// are disabled.
result<metadata_policy> metadata_from_environment(const std::string& url,
                                                  const environment_reader& read);

/// Whether a switch is on, as all SDKs read them: `true`, case-insensitively.
bool switched_on(const environment_reader& read, const char* name);

} // namespace acr::aliyun
