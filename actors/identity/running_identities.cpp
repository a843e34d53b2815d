#include "actors/identity/running_identities.hpp"

#include <algorithm>

namespace acr {

identity_source running_identities::obtain(const config::role_chain& wanted, const maker& make) {
  const auto chain = essence(wanted);
  const auto group = names_.of(chain);
  if (const auto found = running_.find(group); found != running_.end())
    return found->second.who;
  const auto base = base_of(chain);
  auto made = make(chain, base ? obtain(*base, make) : identity_source{}, group);
  running_.emplace(group, running{chain, made});
  return made;
}

bool running_identities::uses(const config::role_chain& chain, const std::string& group) const {
  const auto wanted = names_.chain_of(group);
  return wanted && builds_on(essence(chain), *wanted);
}

std::vector<std::string> running_identities::lost(const std::string& group) {
  std::vector<std::string> above;
  if (running_.erase(group) == 0)
    return above;
  std::erase_if(running_, [&](const auto& item) {
    const bool useless = uses(item.second.chain, group);
    if (useless)
      above.push_back(item.first);
    return useless;
  });
  return above;
}

std::vector<std::string>
running_identities::unused(const std::vector<config::instance>& instances) {
  std::vector<std::string> left;
  std::erase_if(running_, [&](const auto& item) {
    const bool needed = std::any_of(instances.begin(), instances.end(), [&](const auto& instance) {
      return uses(instance.chain, item.first);
    });
    if (!needed) {
      left.push_back(item.first);
      names_.forget(item.second.chain);
    }
    return !needed;
  });
  return left;
}

} // namespace acr
