#include "actors/writer/adoption.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

namespace acr {

namespace {

/// Hosts whose password must be identical: those of instances that are not in `first`.
std::set<std::string_view> fixed_hosts(const std::vector<instance_row>& rows,
                                       const std::map<std::string, first_credential>& first) {
  std::set<std::string_view> hosts;
  for (const auto& row : rows)
    if (!first.contains(row.instance))
      hosts.insert(row.domains.begin(), row.domains.end());
  return hosts;
}

/// The same hosts and users, and no empty passwords.
bool same_logins(const secret_content& observed, const desired_secret& wanted,
                 const std::set<std::string_view>& fixed) {
  const auto held = registry::parse_docker_config(observed.document);
  const auto meant = registry::parse_docker_config(wanted.content->document);
  return held && meant &&
         std::equal(held->begin(), held->end(), meant->begin(), meant->end(),
                    [&](const registry::auth_entry& one, const registry::auth_entry& other) {
                      return one.host == other.host && one.user == other.user &&
                             one.email == other.email && !one.password.empty() &&
                             !other.password.empty() &&
                             (!fixed.contains(one.host) || one.password == other.password);
                    });
}

std::optional<wall_time> due(const instance_row& held, const instance_row& meant,
                             const std::map<std::string, first_credential>& first) {
  if (!held.expires_at || !meant.expires_at || *held.expires_at > *meant.expires_at)
    return std::nullopt; // the one that expires last has to be there
  const auto known = first.find(held.instance);
  if (known == first.end()) // carried over, or a newer one
    return held.expires_at == meant.expires_at ? held.expires_at : std::nullopt;
  const auto margin = known->second.expires_at - known->second.renew_at;
  const auto then = *held.expires_at - margin;
  const auto before_renewal = known->second.renew_at - then;
  return before_renewal > wall_time::duration::zero() && before_renewal < margin / 3
             ? known->second.renew_at + margin / 6
             : then;
}

} // namespace

std::optional<wall_time> stays_until(const secret_content& observed, const desired_secret& wanted,
                                     const std::map<std::string, first_credential>& first,
                                     wall_time now) {
  const auto held = read_rows(observed.annotation);
  const auto meant = read_rows(wanted.content->annotation); // whole seconds, as in `held`
  if (observed.type != wanted.content->type || observed.label != wanted.content->label ||
      !same_logins(observed, wanted, fixed_hosts(meant, first)))
    return std::nullopt;
  if (held.empty() || held.size() != meant.size())
    return std::nullopt;
  std::optional<wall_time> until;
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (held[i].instance != meant[i].instance || held[i].domains != meant[i].domains)
      return std::nullopt;
    const auto then = due(held[i], meant[i], first);
    if (!then || *then <= now)
      return std::nullopt;
    until = std::min(until.value_or(*then), *then);
  }
  return until;
}

} // namespace acr
