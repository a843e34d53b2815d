#include "actors/identity/plan.hpp"

#include <algorithm>

namespace acr {

namespace {

std::string words(const config::identity_origin& origin) {
  using kind = config::identity_origin::kind;
  switch (origin.from) {
  case kind::automatic:
    return "own";
  case kind::access_key:
    return "key " + origin.access_key_id;
  case kind::secret:
    return "secret " + origin.secret_namespace + "/" + origin.secret_name;
  case kind::environment:
    return "environment";
  case kind::profile:
    return "profile" + (origin.profile.empty() ? "" : " " + origin.profile);
  case kind::worker_role:
    return "worker-role" + (origin.role_name.empty() ? "" : " " + origin.role_name);
  case kind::managed_role:
    return "managed-role";
  }
  return "?";
}

std::string words(const config::role_chain& chain) {
  auto text = chain.rrsa_role_arn.empty() ? words(chain.origin) : chain.rrsa_role_arn;
  for (const auto& role : chain.roles)
    text += " > " + role.arn;
  return text;
}

} // namespace

std::optional<config::role_chain> base_of(const config::role_chain& chain) {
  if (chain.roles.empty())
    return std::nullopt;
  config::role_chain base;
  if (chain.rrsa_role_arn.empty())
    base.origin = chain.origin;
  base.rrsa_role_arn = chain.rrsa_role_arn;
  base.rrsa_oidc_provider_arn = chain.rrsa_oidc_provider_arn;
  return base;
}

config::role_chain essence(config::role_chain chain) {
  if (!chain.rrsa_role_arn.empty())
    chain.origin = {};
  else if (chain.roles.empty())
    chain.expire_duration = config::role_chain{}.expire_duration;
  return chain;
}

bool builds_on(const config::role_chain& chain, const config::role_chain& other) {
  return chain == other || base_of(chain) == other;
}

std::string user_of(const config::role_chain& chain,
                    const std::vector<config::instance>& instances) {
  std::string user;
  for (const auto& instance : instances)
    if (builds_on(essence(instance.chain), chain))
      user = user.empty() ? instance.name : "shared";
  return user;
}

std::string identity_names::of(const config::role_chain& chain) {
  const auto known = std::find_if(names_.begin(), names_.end(),
                                  [&](const auto& item) { return item.first == chain; });
  if (known != names_.end())
    return known->second;
  const auto wanted = "identity/" + words(chain);
  const auto taken = [this](const std::string& name) {
    return std::any_of(names_.begin(), names_.end(),
                       [&](const auto& item) { return item.second == name; });
  };
  auto name = wanted;
  for (int number = 2; taken(name); ++number)
    name = wanted + " #" + std::to_string(number);
  return names_.emplace_back(chain, name).second;
}

std::optional<config::role_chain> identity_names::chain_of(const std::string& name) const {
  const auto found = std::find_if(names_.begin(), names_.end(),
                                  [&](const auto& item) { return item.second == name; });
  return found == names_.end() ? std::nullopt : std::optional{found->first};
}

void identity_names::forget(const config::role_chain& chain) {
  std::erase_if(names_, [&](const auto& item) { return item.first == chain; });
}

} // namespace acr
