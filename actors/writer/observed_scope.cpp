// Scope and accounts of the observed state.
#include <algorithm>
#include <string>
#include <variant>

#include "actors/writer/observed_state.hpp"

namespace acr {

namespace {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs> // clang 14 does not deduce it for aggregates
overloaded(Fs...)->overloaded<Fs...>;

} // namespace

void observed_state::leave(observed_namespace& record) {
  // All accounts of a namespace that was in scope are known by their watch.
  record.inspected =
      record.phase == namespace_phase::in_scope || record.phase == namespace_phase::excluded;
  record.to_be_excluded = false;
  record.phase = namespace_phase::leaving;
  record.synced = false;
  for (auto& [name, account] : record.accounts) {
    account.was_in_scope = account.was_in_scope || account.in_scope;
    account.in_scope = false;
  }
}

/// Its accounts are watched as before, and stay in scope in case it comes back.
void observed_state::exclude(observed_namespace& record) {
  record.to_be_excluded = true;
  if (record.out_of_scope())
    return;
  record.phase = record.phase == namespace_phase::in_scope ? namespace_phase::leaving
                                                           : namespace_phase::excluded;
  record.inspected = true;
  record.synced = false;
  for (auto& [name, account] : record.accounts) {
    account.was_in_scope = account.was_in_scope || account.in_scope;
    account.linked_by_us = false;
  }
}

void observed_state::see(observed_namespace& record, const account_seen& event) {
  const auto& ref = event.account.meta.ref;
  auto& account = record.accounts[ref.name];
  const bool older =
      kubernetes::newer(account.resource_version, event.account.meta.resource_version);
  // A list that is older than what is known predates our own write, or comes from a server restored
  // from a backup: reading the account shows which.
  if (older) {
    account.doubtful = account.doubtful || event.listed;
  } else {
    account.doubtful = false;
    account.see(event.account);
  }
  // An account whose owner opted out may hold a link from an earlier process of ours.
  account.was_in_scope = account.was_in_scope || event.in_scope || event.account.ignored;
  account.in_scope = event.in_scope;
}

observed_state::changes observed_state::scope(const scope_event& event, ms now) {
  return std::visit(overloaded{
                        [&](const namespace_seen& e) -> changes {
                          auto& record = records_[e.name];
                          if (e.terminating) {
                            record.phase = namespace_phase::terminating;
                            return {};
                          }
                          changes out{{}, {e.name}, {}};
                          if (record.out_of_scope())
                            out.moved.push_back(e.name);
                          if (record.phase != namespace_phase::in_scope) {
                            record.phase = namespace_phase::in_scope;
                            record.to_be_excluded = false;
                            record.seen_at = now;
                          }
                          return out;
                        },
                        [&](const namespace_left& e) -> changes {
                          auto* record = e.excluded ? &records_[e.name] : find(e.name);
                          if (!record)
                            return {};
                          changes out{{}, {e.name}, {}};
                          const bool was_out = record->out_of_scope();
                          e.excluded ? exclude(*record) : leave(*record);
                          if (!was_out)
                            out.moved.push_back(e.name);
                          return out;
                        },
                        [&](const namespace_gone& e) -> changes {
                          // Other watches report its contents, and may be ahead: then those are a
                          // successor's.
                          if (auto* record = find(e.name)) {
                            record->phase = namespace_phase::unknown;
                            record->synced = false;
                            record->written = {};
                            record->had_ours = {};
                            forget_if_empty(e.name);
                          }
                          return {};
                        },
                        [&](const account_seen& e) -> changes {
                          const auto& ref = e.account.meta.ref;
                          auto& record = records_[ref.ns];
                          const bool first = record.accounts.empty();
                          see(record, e);
                          changes out{{account_key(ref.ns, ref.name)}, {}, {}};
                          if (first) // its Secrets may have waited for it
                            for (std::size_t i = 0; i < secret_names.size(); ++i)
                              out.objects.push_back(secret_key(ref.ns, i));
                          return out;
                        },
                        [&](const account_left& e) -> changes {
                          auto* record = find(e.ref.ns);
                          if (!record)
                            return {};
                          if (const auto account = record->accounts.find(e.ref.name);
                              account != record->accounts.end())
                            account->second.in_scope = false;
                          return {{account_key(e.ref.ns, e.ref.name)}, {}, {}};
                        },
                        [&](const account_gone& e) -> changes {
                          account_missing(e.ref.ns, e.ref.name);
                          return {{account_key(e.ref.ns, e.ref.name)}, {}, {}};
                        },
                        [&](const scope_synced&) -> changes {
                          scope_synced_ = true;
                          return leave_leftovers();
                        },
                    },
                    event);
}

observed_state::changes observed_state::select(const selection& namespaces) {
  selected_ = namespaces;
  return leave_leftovers();
}

/// A namespace that no watch reports, but which holds a Secret that we wrote, has left the scope
/// while we were not running. A selected one has not: a list that lacks it may be wrong, and its
/// contents are valid.
bool observed_state::leave_if_left_over(const std::string& ns, observed_namespace& record) const {
  if (record.phase != namespace_phase::unknown || !scope_synced_ || !ready() || !selected_ ||
      selected_->contains(ns) ||
      std::none_of(record.secrets.begin(), record.secrets.end(),
                   [](const auto& secret) { return secret && secret->written_by_us; }))
    return false;
  leave(record);
  return true;
}

observed_state::changes observed_state::leave_leftovers() {
  changes out;
  for (auto& [name, record] : records_)
    if (leave_if_left_over(name, record))
      out.moved.push_back(name);
  out.namespaces = out.moved;
  return out;
}

} // namespace acr
