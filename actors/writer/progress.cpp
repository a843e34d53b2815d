#include "actors/writer/progress.hpp"

#include <algorithm>

namespace acr {

writing_progress progress_of(const ledger& book, const write_troubles& troubles,
                             ledger::times now) {
  writing_progress sum;
  sum.warm = book.ready() && book.synced();
  sum.failing = troubles.failing();
  auto waits_since = troubles.since();
  for (const auto& [name, record] : book.records()) {
    if (record.state != standing::serving)
      continue;
    ++sum.namespaces;
    if (!record.served)
      waits_since = std::min(waits_since.value_or(record.seen_at), record.seen_at);
    else if (!troubles.failing(name))
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

std::optional<kubernetes::object_meta> account_in(const std::string& ns,
                                                  const namespace_record& record) {
  const auto preferred = record.accounts.find("default");
  if (preferred != record.accounts.end() && preferred->second.in_scope)
    return preferred->second.meta(ns, preferred->first);
  for (const auto& [name, account] : record.accounts)
    if (account.in_scope)
      return account.meta(ns, name);
  return std::nullopt;
}

} // namespace acr
