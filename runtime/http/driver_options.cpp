#include "runtime/http/driver_options.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include <curl/curl.h>
#include <sys/resource.h>

namespace acr {

namespace {

/// How many files the process may open: the soft limit, raised to the hard one as far as useful.
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

std::string variable(const char* name) {
  const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing here sets it
  return value != nullptr ? value : "";
}

std::string system_roots() {
  const auto* version = curl_version_info(CURLVERSION_NOW);
  if (version->cainfo == nullptr)
    return {};
  std::ifstream file{version->cainfo, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::shared_ptr<const memory_file> roots_with(std::string pem, bool only) {
  if (!only)
    pem.append("\n").append(system_roots());
  return std::make_shared<const memory_file>(pem);
}

} // namespace

http_driver_options driver_options(const http_gateway_deps& deps) {
  http_driver_options options{
      deps.user_agent,      proxy_rules{deps.proxy, variable},   nullptr, {},
      deps.connect_timeout, fit_into(deps.budgets, open_files())};
  const auto& trust = deps.trust;
  if (trust.extra_ca_pem.empty())
    return options;
  options.roots = roots_with(trust.extra_ca_pem, trust.only_extra_ca);
  if (trust.extra_ca_again)
    options.changed_roots = [known = trust.extra_ca_pem, only = trust.only_extra_ca,
                             read = trust.extra_ca_again]() mutable {
      auto pem = read();
      if (pem.empty() || pem == known)
        return std::shared_ptr<const memory_file>{};
      known = std::move(pem);
      return roots_with(known, only);
    };
  return options;
}

} // namespace acr
