#include "actors/scope_tracker.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace acr {

namespace {

using kubernetes::object_kind;

constexpr std::string_view our_secrets = "acr-credential-secret-aggregation";

bool names_ours(const kubernetes::service_account& account) {
  return account.pull_secrets &&
         std::any_of(account.pull_secrets->begin(), account.pull_secrets->end(),
                     [](const std::string& name) { return name.starts_with(our_secrets); });
}

std::string by_name(const std::string& name) { return "metadata.name=" + name; }

} // namespace

std::vector<scope_watch> watches_for(const select_scope& wanted) {
  const auto& accounts = wanted.service_accounts;
  std::vector<scope_watch> watches;
  if (!wanted.namespaces.all) {
    for (const auto& ns : wanted.namespaces.names) {
      watches.push_back({{object_kind::name_space, "", by_name(ns)}, false});
      watches.push_back({{object_kind::service_account, ns, ""}, false});
    }
    return watches;
  }
  watches.push_back({{object_kind::name_space, "", ""}, false});
  if (!accounts.all && accounts.names.size() == 1) {
    watches.push_back({{object_kind::service_account, "", by_name(accounts.names[0])}, false});
    watches.push_back({{object_kind::service_account, "", ""}, true});
  } else {
    watches.push_back({{object_kind::service_account, "", ""}, false});
  }
  return watches;
}

scope_tracker::change scope_tracker::select(select_scope wanted) {
  change out;
  if (wanted_ && wanted_->namespaces == wanted.namespaces &&
      wanted_->service_accounts == wanted.service_accounts)
    return out;
  // Lists begun anew tell everything again: what stays in scope needs no event of its own.
  for (const auto& [id, watch] : std::exchange(running_, {}))
    out.stop.push_back(id);
  out.start = watches_for(wanted);
  for (const auto& ns : std::exchange(namespaces_, {})) {
    if (!wanted.namespaces.contains(ns)) {
      out.events.emplace_back(namespace_left{ns});
      accounts_.erase(ns);
      continue;
    }
    namespaces_.insert(ns);
    for (const auto& account : std::exchange(accounts_[ns], {}))
      if (wanted.service_accounts.contains(account))
        accounts_[ns].insert(account);
      else
        out.events.emplace_back(account_left{{ns, account}});
  }
  wanted_ = std::move(wanted);
  synced_ = false;
  return out;
}

void scope_tracker::started(watch_id id, scope_watch what) { running_[id].what = std::move(what); }

scope_tracker::outcome scope_tracker::observed(const watch_batch& batch) {
  outcome out;
  const auto found = running_.find(batch.id);
  if (found == running_.end())
    return out; // a watch that was stopped
  auto& watch = found->second;
  for (const auto& event : batch.events) {
    switch (event.kind) {
    case watch_event_kind::init:
      watch.listing.clear();
      break;
    case watch_event_kind::init_apply:
      watch.listing.insert(kubernetes::meta_of(event.object).ref);
      apply(watch, event.object, out.events);
      break;
    case watch_event_kind::init_done:
      list_complete(batch.id, watch, out);
      break;
    case watch_event_kind::apply:
      apply(watch, event.object, out.events);
      break;
    case watch_event_kind::remove:
      watch.listing.erase(kubernetes::meta_of(event.object).ref); // also within a list
      remove(watch, kubernetes::meta_of(event.object).ref, out.events);
      break;
    }
  }
  return out;
}

bool scope_tracker::leftover(const kubernetes::service_account& account) {
  return account.managed_by_us && names_ours(account);
}

void scope_tracker::apply(running& watch, const kubernetes::object& object,
                          std::vector<scope_event>& out) {
  if (const auto* space = std::get_if<kubernetes::name_space>(&object)) {
    watch.known.insert(space->meta.ref);
    namespaces_.insert(space->meta.ref.name);
    out.emplace_back(namespace_seen{space->meta.ref.name, space->terminating});
    return;
  }
  const auto& account = std::get<kubernetes::service_account>(object);
  const auto& ref = account.meta.ref;
  const bool in_scope = wanted_->service_accounts.contains(ref.name);
  if (in_scope && !watch.what.sweep) {
    watch.known.insert(ref);
    accounts_[ref.ns].insert(ref.name);
    out.emplace_back(account_seen{account, true});
  } else if (!in_scope && leftover(account)) {
    out.emplace_back(account_seen{account, false});
  }
}

void scope_tracker::remove(running& watch, const kubernetes::object_ref& ref,
                           std::vector<scope_event>& out) {
  watch.known.erase(ref);
  if (watch.what.what.kind == object_kind::name_space) {
    namespaces_.erase(ref.name);
    accounts_.erase(ref.name);
    out.emplace_back(namespace_gone{ref.name});
    return;
  }
  if (const auto found = accounts_.find(ref.ns); found != accounts_.end())
    found->second.erase(ref.name);
  out.emplace_back(account_gone{ref});
}

void scope_tracker::list_complete(watch_id id, running& watch, outcome& out) {
  auto gone = std::exchange(watch.known, {});
  for (const auto& ref : watch.listing)
    gone.erase(ref);
  for (const auto& ref : gone)
    remove(watch, ref, out.events);
  for (const auto& ref : watch.listing)
    if (watch.what.what.kind == object_kind::name_space ||
        wanted_->service_accounts.contains(ref.name))
      watch.known.insert(ref);
  watch.listing.clear();
  watch.listed = true;
  if (watch.what.sweep) {
    out.stop = id;
    running_.erase(id); // ends `watch`
  }
  const bool all = std::all_of(running_.begin(), running_.end(),
                               [](const auto& item) { return item.second.listed; });
  if (all && !synced_)
    complete(out.events);
}

/// Everything has been listed once: what an earlier selection knew and no list names is gone.
void scope_tracker::complete(std::vector<scope_event>& out) {
  synced_ = true;
  std::set<kubernetes::object_ref> known;
  for (const auto& [id, watch] : running_)
    known.insert(watch.known.begin(), watch.known.end());
  for (auto& item : accounts_)
    std::erase_if(item.second, [&](const std::string& account) {
      const kubernetes::object_ref ref{item.first, account};
      const bool gone = !known.contains(ref);
      if (gone)
        out.emplace_back(account_gone{ref});
      return gone;
    });
  std::erase_if(namespaces_, [&](const std::string& ns) {
    const bool gone = !known.contains({"", ns});
    if (gone)
      out.emplace_back(namespace_gone{ns});
    return gone;
  });
  out.emplace_back(scope_synced{});
}

} // namespace acr
