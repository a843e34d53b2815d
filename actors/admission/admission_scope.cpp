#include "actors/admission/admission_scope.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

#include "actors/writer/desired_secrets.hpp"

namespace acr {

kubernetes::admission_scope admission_scope_of(const config::configuration& from,
                                               const found_domains& found) {
  kubernetes::admission_scope out;
  out.enabled = from.webhook.enabled;
  out.own_lists = from.webhook.pods_with_own_list;
  out.namespaces = from.namespaces;
  out.service_accounts = from.service_accounts;
  std::map<std::string, std::size_t> claims;
  std::size_t most = 1;
  const auto claim = [&](const std::string& what) { most = std::max(most, ++claims[what]); };
  for (const auto& instance : from.instances) {
    const auto known = found.find(instance.name);
    const bool named = !instance.domains.empty();
    if (!named) // whatever its domains are: another entry of the same instance has the same
      claim("instance " + instance.instance_id + "@" + instance.region);
    if (!named && known == found.end()) {
      out.any_acr_host = true;
      continue;
    }
    for (const auto& domain : named ? instance.domains : known->second) {
      claim(domain);
      out.hosts.push_back(domain);
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
