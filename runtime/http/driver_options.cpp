#include "runtime/http/driver_options.hpp"

#include <fstream>
#include <iterator>

#include <curl/curl.h>

namespace acr {

namespace {

std::string system_roots() {
  const auto* version = curl_version_info(CURLVERSION_NOW);
  if (version->cainfo == nullptr)
    return {};
  std::ifstream file{version->cainfo, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

http_driver_options driver_options(const http_gateway_deps& deps) {
  http_driver_options options{deps.user_agent, deps.proxy, nullptr, deps.connect_timeout,
                              deps.max_connections_per_host};
  auto roots = deps.trust.extra_ca_pem;
  if (roots.empty())
    return options;
  if (!deps.trust.only_extra_ca)
    roots.append("\n").append(system_roots());
  options.roots = std::make_shared<const memory_file>(roots);
  return options;
}

} // namespace acr
