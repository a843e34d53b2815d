#include "runtime/http/driver_options.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <curl/curl.h>
#include <sys/resource.h>

namespace acr {

namespace {

/// How many files the process may open: the soft limit, raised to the hard one as far as is of use.
std::size_t open_files() {
  constexpr rlim_t enough = 16384;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 1024;
  if (const auto most = std::min(limit.rlim_max, enough); limit.rlim_cur < most) {
    rlimit raised{most, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
      limit = raised;
  }
  return std::min(limit.rlim_cur, enough);
}

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
                              fit_into(deps.budgets, open_files())};
  auto roots = deps.trust.extra_ca_pem;
  if (roots.empty())
    return options;
  if (!deps.trust.only_extra_ca)
    roots.append("\n").append(system_roots());
  options.roots = std::make_shared<const memory_file>(roots);
  return options;
}

} // namespace acr
