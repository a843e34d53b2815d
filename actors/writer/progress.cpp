#include "actors/writer/progress.hpp"

#include <algorithm>

namespace acr {

namespace {

/// A foreign object bears the name of a Secret that this namespace needs.
bool is_taken(const std::string& ns, const observed_namespace& record,
              const desired_secrets& desired) {
  const auto needed = std::max<std::size_t>(desired.secrets_in(ns).size(), 1);
  for (std::size_t index = 0; index < std::min(needed, record.secrets.size()); ++index)
    if (record.secrets[index] && !record.secrets[index]->ours)
      return true;
  return false;
}

} // namespace

writing_progress progress_of(const observed_state& observed, const desired_secrets& desired,
                             const write_failures& failures, times now) {
  writing_progress sum;
  sum.warm = observed.ready() && observed.synced();
  sum.failing = failures.namespaces();
  auto waits_since = failures.since();
  for (const auto& [name, record] : observed.namespaces()) {
    if (record.phase != namespace_phase::in_scope)
      continue;
    ++sum.namespaces;
    if (!record.synced)
      waits_since = std::min(waits_since.value_or(record.seen_at), record.seen_at);
    else if (record.served() && !failures.failing_in(name) && !is_taken(name, record, desired))
      ++sum.namespaces_served;
    for (const auto& secret : record.secrets)
      sum.foreign += secret && !secret->ours ? 1 : 0;
    for (const auto& [account_name, account] : record.accounts) {
      if (!account.in_scope)
        continue;
      ++sum.accounts;
      sum.accounts_linked += account.holds(secret_names[0]) ? 1 : 0;
    }
  }
  if (waits_since)
    sum.unserved_since = now.wall - (now.mono - *waits_since);
  return sum;
}

std::map<std::string, credential_found>
found_credentials(const observed_state& observed, const desired_secrets& desired, wall_time now) {
  std::map<std::string, credential_found> found;
  if (!desired.has_pending())
    return found;
  for (const auto& name : desired.pending())
    found[name].instance = name;
  std::map<const secret_content*, std::size_t> holders;
  for (const auto& [ns, record] : observed.namespaces())
    if (record.phase == namespace_phase::in_scope)
      for (const auto& secret : record.secrets)
        if (secret && secret->content)
          ++holders[secret->content.get()];
  for (const auto& [content, namespaces] : holders)
    for (const auto& row : read_rows_of_others(content->annotation, now)) {
      const auto known = found.find(row.instance);
      if (known == found.end() || !row.expires_at || *row.expires_at <= now)
        continue;
      auto& one = known->second;
      one.namespaces += namespaces;
      one.expires_at = std::min(one.expires_at.value_or(*row.expires_at), *row.expires_at);
      for (const auto& domain : row.domains)
        if (std::find(one.domains.begin(), one.domains.end(), domain) == one.domains.end())
          one.domains.push_back(domain);
    }
  return found;
}

std::optional<kubernetes::object_meta> account_in(const std::string& ns,
                                                  const observed_namespace& record) {
  const auto preferred = record.accounts.find("default");
  if (preferred != record.accounts.end() && preferred->second.in_scope)
    return preferred->second.meta(ns, preferred->first);
  for (const auto& [name, account] : record.accounts)
    if (account.in_scope)
      return account.meta(ns, name);
  return std::nullopt;
}

} // namespace acr
