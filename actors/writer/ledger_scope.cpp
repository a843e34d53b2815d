// What is in scope, and the accounts there, as the ledger keeps them.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "actors/writer/ledger.hpp"

namespace acr {

namespace {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs> // clang 14 does not deduce it for aggregates
overloaded(Fs...)->overloaded<Fs...>;

} // namespace

void ledger::leave(namespace_record& record) {
  record.inspected = record.state == standing::serving;
  record.state = standing::leaving;
  record.served = false;
  for (auto& [name, account] : record.accounts) {
    account.was_in_scope = account.was_in_scope || account.in_scope;
    account.in_scope = false;
  }
}

ledger::dirty ledger::scope(const scope_event& event, times now) {
  return std::visit(
      overloaded{
          [&](const namespace_seen& e) -> dirty {
            auto& record = records_[e.name];
            if (e.terminating) {
              record.state = standing::ending;
              return {};
            }
            if (record.state != standing::serving) {
              record.state = standing::serving;
              record.seen_at = now.mono;
            }
            return {e.name};
          },
          [&](const namespace_left& e) -> dirty {
            const auto found = records_.find(e.name);
            if (found == records_.end())
              return {};
            leave(found->second);
            return {e.name};
          },
          [&](const namespace_gone& e) -> dirty {
            // What it holds is told of by other watches, which may be ahead: a
            // successor's, then.
            if (auto* record = find(e.name)) {
              record->state = standing::unknown;
              record->served = false;
              forget_if_empty(e.name);
            }
            return {};
          },
          [&](const account_seen& e) -> dirty {
            const auto& ref = e.account.meta.ref;
            auto& account = records_[ref.ns].accounts[ref.name];
            if (!kubernetes::newer(account.resource_version, e.account.meta.resource_version))
              account.see(e.account);
            account.was_in_scope = account.was_in_scope || e.in_scope;
            account.in_scope = e.in_scope;
            return {ref.ns};
          },
          [&](const account_left& e) -> dirty {
            const auto record = records_.find(e.ref.ns);
            if (record == records_.end())
              return {};
            if (const auto account = record->second.accounts.find(e.ref.name);
                account != record->second.accounts.end())
              account->second.in_scope = false;
            return {e.ref.ns};
          },
          [&](const account_gone& e) -> dirty {
            account_missing(e.ref.ns, e.ref.name);
            return {};
          },
          [&](const scope_synced&) -> dirty {
            scope_synced_ = true;
            return drop_leftovers();
          },
      },
      event);
}

/// A namespace that nobody told us about, but which holds a Secret that we wrote, has left the
/// scope while we were not running.
bool ledger::drop_if_left_over(namespace_record& record) const {
  if (record.state != standing::unknown || !scope_synced_ || !ready() ||
      std::none_of(record.secrets.begin(), record.secrets.end(),
                   [](const auto& secret) { return secret && secret->written_by_us; }))
    return false;
  leave(record);
  return true;
}

ledger::dirty ledger::drop_leftovers() {
  dirty names;
  for (auto& [name, record] : records_)
    if (drop_if_left_over(record))
      names.push_back(name);
  return names;
}

void ledger::inspected(const std::string& ns,
                       const std::vector<kubernetes::service_account>& accounts) {
  auto* record = find(ns);
  if (!record)
    return;
  if (record->state == standing::serving)
    return looked_again(*record, accounts);
  const auto before = std::exchange(record->accounts, {});
  for (const auto& seen : accounts) {
    const auto old = before.find(seen.meta.ref.name);
    auto& account = record->accounts[seen.meta.ref.name];
    account.in_scope = false;
    account.was_in_scope = old != before.end() && old->second.was_in_scope;
    account.see(seen);
  }
  record->inspected = true;
}

/// Accounts out of scope are watched by nobody: what a conflict made doubtful is now known again.
void ledger::looked_again(namespace_record& record,
                          const std::vector<kubernetes::service_account>& accounts) {
  std::set<std::string> there;
  for (const auto& seen : accounts) {
    there.insert(seen.meta.ref.name);
    const auto known = record.accounts.find(seen.meta.ref.name);
    if (known == record.accounts.end())
      continue;
    known->second.doubtful = false;
    if (!kubernetes::newer(known->second.resource_version, seen.meta.resource_version))
      known->second.see(seen);
  }
  record.accounts.erase_if(
      [&](const auto& item) { return !item.second.in_scope && !there.contains(item.first); });
}

void ledger::account_missing(const std::string& ns, const std::string& account) {
  if (auto* record = find(ns))
    record->accounts.erase(account);
  forget_if_empty(ns);
}

} // namespace acr
