#include "actors/admission/admission_scope.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

#include "actors/writer/desired_secrets.hpp"

namespace acr {

kubernetes::admission_scope admission_scope_of(const config::configuration& from) {
  kubernetes::admission_scope out;
  out.namespaces = from.namespaces;
  out.service_accounts = from.service_accounts;
  std::map<std::string, std::size_t> claims;
  std::size_t most = 1;
  const auto claim = [&](const std::string& what) { most = std::max(most, ++claims[what]); };
  for (const auto& instance : from.instances) {
    for (const auto& domain : instance.domains) {
      claim(domain);
      out.hosts.push_back(domain);
    }
    if (instance.domains.empty()) {
      claim("instance " + instance.instance_id + "@" + instance.region);
      out.any_acr_host = true;
    }
  }
  std::sort(out.hosts.begin(), out.hosts.end());
  out.hosts.erase(std::unique(out.hosts.begin(), out.hosts.end()), out.hosts.end());
  out.references.assign(secret_names.begin(),
                        secret_names.begin() +
                            static_cast<std::ptrdiff_t>(std::min(most, secret_names.size())));
  return out;
}

} // namespace acr
