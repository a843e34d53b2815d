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

/// Two watches for each name, and over HTTP/1.1 a connection for each watch: above this one watch
/// of the whole cluster costs less.
constexpr std::size_t long_list = 64;

constexpr std::string_view name_is = "metadata.name=";

std::string by_name(const std::string& name) { return std::string{name_is}.append(name); }

/// The only namespace that a watch covers; empty: all.
std::string namespace_of(const scope_watch& watch) {
  const auto& what = watch.what;
  if (what.kind != object_kind::name_space)
    return what.ns;
  return what.field_selector.empty() ? "" : what.field_selector.substr(name_is.size());
}

} // namespace

std::vector<scope_watch> watches_for(const select_scope& wanted, bool apart) {
  const auto& accounts = wanted.service_accounts;
  const auto& names = wanted.namespaces.names;
  std::vector<scope_watch> watches;
  if (!wanted.namespaces.open() && (apart || names.size() <= long_list)) {
    for (const auto& ns : names) {
      watches.push_back({{object_kind::name_space, "", by_name(ns)}, false});
      watches.push_back({{object_kind::service_account, ns, ""}, false});
    }
    return watches;
  }
  watches.push_back({{object_kind::name_space, "", ""}, false});
  if (!accounts.open() && accounts.names.size() == 1) {
    watches.push_back({{object_kind::service_account, "", by_name(accounts.names[0])}, false});
    watches.push_back({{object_kind::service_account, "", ""}, true});
  } else {
    watches.push_back({{object_kind::service_account, "", ""}, false});
  }
  return watches;
}

scope_tracker::change scope_tracker::select(select_scope wanted) {
  change out;
  if (wanted_ && *wanted_ == wanted)
    return out;
  // New lists report everything again: what stays in scope needs no event of its own.
  for (const auto& [id, watch] : std::exchange(running_, {}))
    out.stop.push_back(id);
  out.start = watches_for(wanted, apart_);
  for (auto at = known_.begin(); at != known_.end();) {
    auto& [ns, known] = *at;
    if (!wanted.namespaces.contains(ns)) {
      if (known.list != 0)
        out.events.emplace_back(namespace_left{ns});
      else // not synced yet, or no longer in scope
        for (const auto& account : known.accounts)
          out.events.emplace_back(account_gone{{ns, account.name}});
      at = known_.erase(at);
      continue;
    }
    const auto leaves = [&](const known_account& account) {
      return !wanted.service_accounts.contains(account.name.get());
    };
    for (const auto& account : known.accounts)
      if (leaves(account))
        out.events.emplace_back(account_left{{ns, account.name}});
    std::erase_if(known.accounts, leaves);
    ++at;
  }
  wanted_ = std::move(wanted);
  synced_ = false;
  return out;
}

scope_tracker::change scope_tracker::refused(watch_id id) {
  change out;
  const auto found = running_.find(id);
  if (found == running_.end() || wanted_->namespaces.open() ||
      !namespace_of(found->second.what).empty())
    return out;
  apart_ = true;
  for (const auto& [each, watch] : std::exchange(running_, {}))
    out.stop.push_back(each);
  out.start = watches_for(*wanted_, apart_);
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
      watch.list = ++lists_;
      break;
    case watch_event_kind::init_apply:
    case watch_event_kind::apply:
      apply(watch, event.object, event.kind == watch_event_kind::init_apply, out);
      break;
    case watch_event_kind::init_done:
      list_complete(batch.id, watch, out);
      out.exceptions = true;
      break;
    case watch_event_kind::remove:
      remove(watch, kubernetes::meta_of(event.object).ref, out.events);
      out.exceptions = true;
      break;
    }
  }
  return out;
}

bool scope_tracker::leftover(const kubernetes::service_account& account) {
  return account.managed_by_us && names_ours(account);
}

void scope_tracker::apply(const running& watch, const kubernetes::object& object, bool listed,
                          outcome& out) {
  if (const auto* space = std::get_if<kubernetes::name_space>(&object))
    return apply_namespace(watch, *space, out);
  const auto& account = std::get<kubernetes::service_account>(object);
  const auto& ref = account.meta.ref;
  const bool in_scope =
      wanted_->namespaces.contains(ref.ns) && wanted_->service_accounts.contains(ref.name);
  if (in_scope && !watch.what.sweep) {
    auto& accounts = known_[ref.ns].accounts;
    auto at = std::lower_bound(
        accounts.begin(), accounts.end(), ref.name,
        [](const known_account& one, const std::string& name) { return one.name.get() < name; });
    if (at == accounts.end() || at->name != ref.name)
      at = accounts.insert(at, {shared_text{ref.name}, 0, false});
    at->list = watch.list;
    out.exceptions = out.exceptions || at->ignored != account.ignored;
    at->ignored = account.ignored;
    out.events.emplace_back(account_seen{account, wanted_->links(account), listed});
  } else if (!in_scope && leftover(account)) {
    out.events.emplace_back(account_seen{account, false, listed});
  }
}

void scope_tracker::apply_namespace(const running& watch, const kubernetes::name_space& space,
                                    outcome& out) {
  const auto& name = space.meta.ref.name;
  if (!wanted_->namespaces.contains(name))
    return;
  auto& known = known_[name];
  const bool is_new = known.list == 0;
  known.list = watch.list;
  const bool excluded = !space.terminating && !wanted_->serves(space);
  const bool changes = std::exchange(known.excluded, excluded) != excluded;
  out.exceptions = out.exceptions || is_new || changes;
  if (!excluded)
    out.events.emplace_back(namespace_seen{name, space.terminating});
  else if (is_new || changes)
    out.events.emplace_back(namespace_left{name, true});
}

kubernetes::admission_exceptions scope_tracker::exceptions() const {
  kubernetes::admission_exceptions all;
  for (const auto& [ns, known] : known_) {
    if (known.list != 0)
      (known.excluded ? all.excluded : all.selected).insert(ns);
    for (const auto& account : known.accounts)
      if (account.ignored)
        all.accounts.emplace(ns, account.name);
  }
  return all;
}

void scope_tracker::remove(const running& watch, const kubernetes::object_ref& ref,
                           std::vector<scope_event>& out) {
  const bool of_namespaces = watch.what.what.kind == object_kind::name_space;
  if (const auto found = known_.find(of_namespaces ? ref.name : ref.ns); found != known_.end()) {
    auto& known = found->second;
    // Its accounts have their own watch, which may be ahead and already report a successor's.
    if (of_namespaces)
      known.list = 0;
    else
      std::erase_if(known.accounts,
                    [&](const known_account& account) { return account.name == ref.name; });
    if (known.list == 0 && known.accounts.empty())
      known_.erase(found);
  }
  if (of_namespaces)
    out.emplace_back(namespace_gone{ref.name});
  else
    out.emplace_back(account_gone{ref});
}

void scope_tracker::drop_unnamed(const running& watch, const std::string& ns,
                                 known_namespace& known, std::vector<scope_event>& out) {
  if (watch.what.what.kind == object_kind::name_space) {
    if (known.list == 0 || known.list == watch.list)
      return;
    known.list = 0;
    out.emplace_back(namespace_gone{ns});
    return;
  }
  const auto gone = [&](const known_account& account) { return account.list != watch.list; };
  for (const auto& account : known.accounts)
    if (gone(account))
      out.emplace_back(account_gone{{ns, account.name}});
  std::erase_if(known.accounts, gone);
}

void scope_tracker::list_complete(watch_id id, running& watch, outcome& out) {
  watch.listed = true;
  if (watch.what.sweep) {
    out.stop = id;
    running_.erase(id); // ends `watch`
  } else {
    // There are as many watches of one namespace as namespaces: none may scan them all.
    const auto only = namespace_of(watch.what);
    auto at = only.empty() ? known_.begin() : known_.find(only);
    const auto end = only.empty() || at == known_.end() ? known_.end() : std::next(at);
    while (at != end) {
      drop_unnamed(watch, at->first, at->second, out.events);
      at = at->second.list == 0 && at->second.accounts.empty() ? known_.erase(at) : std::next(at);
    }
  }
  const bool all = std::all_of(running_.begin(), running_.end(),
                               [](const auto& item) { return item.second.listed; });
  if (all && !std::exchange(synced_, true))
    out.events.emplace_back(scope_synced{});
}

} // namespace acr
