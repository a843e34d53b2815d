#include "actors/admission/admission_scope.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "actors/configured.hpp"
#include "actors/writer/desired_secrets.hpp"

namespace acr {

kubernetes::admission_scope admission_scope_of(const config::configuration& from,
                                               const found_domains& found) {
  kubernetes::admission_scope out;
  out.enabled = from.webhook.enabled;
  out.own_lists = from.webhook.pods_with_own_list;
  const auto scope = scope_of(from);
  out.namespaces = scope.namespaces;
  out.service_accounts = scope.service_accounts;
  out.by_labels = !scope.labels.empty();
  bool limited = false;
  std::map<std::string, std::size_t> claims;
  std::size_t most = 1;
  for (const auto& instance : from.instances) {
    kubernetes::admission_entry entry;
    entry.namespaces = instance.namespaces;
    limited = limited || instance.limited();
    const auto known = found.find(instance.name);
    const bool named = !instance.domains.empty();
    if (!named) // whatever its domains are: another entry of the same instance has the same
      entry.claims.push_back("instance " + instance.instance_id + "@" + instance.region);
    if (!named && known == found.end())
      entry.any_acr_host = true;
    else
      entry.hosts = named ? instance.domains : known->second;
    entry.claims.insert(entry.claims.end(), entry.hosts.begin(), entry.hosts.end());
    for (const auto& claim : entry.claims)
      most = std::max(most, ++claims[claim]);
    out.hosts.insert(out.hosts.end(), entry.hosts.begin(), entry.hosts.end());
    out.any_acr_host = out.any_acr_host || entry.any_acr_host;
    out.entries.push_back(std::move(entry));
  }
  if (!limited)
    out.entries.clear();
  std::sort(out.hosts.begin(), out.hosts.end());
  out.hosts.erase(std::unique(out.hosts.begin(), out.hosts.end()), out.hosts.end());
  out.references.assign(secret_names.begin(),
                        secret_names.begin() +
                            static_cast<std::ptrdiff_t>(std::min(most, secret_names.size())));
  return out;
}

} // namespace acr
