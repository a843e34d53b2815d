#include "actors/writer/keeping.hpp"

#include <algorithm>
#include <iterator>

namespace acr {

namespace {

bool is_ours_alone(const kubernetes::secret& observed, const desired_secret& wanted) {
  const auto label = observed.labels.find(managed_by_label);
  return observed.written_by_us_last && observed.type == kubernetes::docker_config_type &&
         label != observed.labels.end() && label->second == wanted.labels.at(managed_by_label);
}

/// The same but for the passwords themselves.
bool same_logins(const kubernetes::secret& observed, const desired_secret& wanted) {
  const auto held = registry::parse_docker_config(observed.docker_config);
  const auto meant = registry::parse_docker_config(wanted.document);
  return held && meant &&
         std::equal(held->begin(), held->end(), meant->begin(), meant->end(),
                    [](const registry::auth_entry& one, const registry::auth_entry& other) {
                      return one.host == other.host && one.user == other.user &&
                             one.email == other.email && !one.password.empty() &&
                             !other.password.empty();
                    });
}

std::optional<wall_time> due(const instance_row& held, const instance_row& meant,
                             const std::map<std::string, first_password>& first) {
  if (!held.expires_at || !meant.expires_at || *held.expires_at > *meant.expires_at)
    return std::nullopt; // whatever ends last is to be there
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

std::optional<wall_time> stays_until(const kubernetes::secret& observed,
                                     const desired_secret& wanted,
                                     const std::map<std::string, first_password>& first,
                                     wall_time now) {
  if (wanted.name.empty() || !is_ours_alone(observed, wanted) || !same_logins(observed, wanted))
    return std::nullopt;
  const auto annotation = observed.annotations.find(instances_annotation);
  if (annotation == observed.annotations.end())
    return std::nullopt;
  const auto held = read_rows(annotation->second);
  const auto meant = read_rows(wanted.annotations.at(instances_annotation));
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
