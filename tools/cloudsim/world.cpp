#include "tools/cloudsim/world.hpp"

#include <algorithm>

namespace acr::cloudsim {

namespace {

/// Splits `acs:ram::<account>:<kind>/<name>`; false if it is something else.
bool split_arn(std::string_view arn, std::string_view kind, std::string_view& account,
               std::string_view& name) {
  constexpr std::string_view prefix = "acs:ram::";
  if (!arn.starts_with(prefix))
    return false;
  arn.remove_prefix(prefix.size());
  const auto colon = arn.find(':');
  if (colon == std::string_view::npos)
    return false;
  account = arn.substr(0, colon);
  arn.remove_prefix(colon + 1);
  if (!arn.starts_with(kind) || arn.size() <= kind.size() || arn[kind.size()] != '/')
    return false;
  name = arn.substr(kind.size() + 1);
  return true;
}

template <class List>
auto find_named(const List& list, std::string_view name) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const auto& item) { return item.name == name; });
  return found == list.end() ? nullptr : &*found;
}

} // namespace

const account* world::find_account(std::string_view id) const {
  const auto found = std::find_if(accounts.begin(), accounts.end(),
                                  [&](const account& item) { return item.id == id; });
  return found == accounts.end() ? nullptr : &*found;
}

const role* world::find_role(std::string_view arn) const {
  std::string_view home;
  std::string_view name;
  if (!split_arn(arn, "role", home, name))
    return nullptr;
  const auto* owner = find_account(home);
  return owner ? find_named(owner->roles, name) : nullptr;
}

const oidc_provider* world::find_provider(std::string_view arn) const {
  std::string_view home;
  std::string_view name;
  if (!split_arn(arn, "oidc-provider", home, name))
    return nullptr;
  const auto* owner = find_account(home);
  return owner ? find_named(owner->providers, name) : nullptr;
}

std::vector<std::string> world::regions() const {
  std::vector<std::string> out;
  if (!metadata.region.empty())
    out.push_back(metadata.region);
  for (const auto& home : accounts) {
    for (const auto& item : home.instances)
      out.push_back(item.region);
    for (const auto& item : home.personal)
      out.push_back(item.region);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

world::key_owner world::find_key(std::string_view id) const {
  for (const auto& home : accounts)
    for (const auto& owner : home.users)
      for (const auto& key : owner.keys)
        if (key.id == id)
          return {&home, &owner, &key};
  return {nullptr, nullptr, nullptr};
}

std::string role_arn(std::string_view account, std::string_view name) {
  return "acs:ram::" + std::string{account} + ":role/" + std::string{name};
}

std::string user_arn(std::string_view account, std::string_view name) {
  const auto home = "acs:ram::" + std::string{account};
  return name == "root" ? home + ":root" : home + ":user/" + std::string{name};
}

std::string provider_arn(std::string_view account, std::string_view name) {
  return "acs:ram::" + std::string{account} + ":oidc-provider/" + std::string{name};
}

} // namespace acr::cloudsim
