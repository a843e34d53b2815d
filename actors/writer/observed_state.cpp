#include "actors/writer/observed_state.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace acr {

namespace {

constexpr int most_pages = 1000; // a list with more pages is taken as endless

} // namespace

std::uint64_t mark_of(const content_digest& digest) {
  std::uint64_t mark = 0;
  std::memcpy(&mark, digest.data(), sizeof mark);
  return mark | 1U;
}

bool is_ours(const kubernetes::secret& seen) {
  const auto label = seen.labels.find(managed_by_label);
  return seen.managed_by_us ||
         (label != seen.labels.end() && label->second == kubernetes::field_manager);
}

std::size_t observed_state::in_scope() const {
  return static_cast<std::size_t>(std::count_if(records_.begin(), records_.end(), [](auto& item) {
    return item.second.phase == namespace_phase::in_scope;
  }));
}

void observed_state::store(observed_secret& into, const kubernetes::secret& seen) {
  into.uid = seen.meta.uid;
  into.resource_version = seen.meta.resource_version;
  into.ours = is_ours(seen);
  into.written_by_us = seen.managed_by_us;
  into.written_last_by_us = seen.written_by_us_last;
  into.digest = digest_of(seen);
  into.content.reset();
  if (into.ours)
    into.content = contents_.obtain(
        into.digest, [&] { return std::make_shared<const secret_content>(content_of(seen)); });
}

bool observed_state::listed(const std::string& only) const {
  const auto first = unlisted_.lower_bound({only, 0});
  return first == unlisted_.end() || first->first != only;
}

void observed_state::list_begun(std::size_t index, const std::string& only) {
  unlisted_.emplace(only, index);
}

void observed_state::list_dropped(std::size_t index, const std::string& only) {
  unlisted_.erase({only, index});
  listing_.erase({only, index});
}

observed_state::changes observed_state::list_complete(std::size_t index, const std::string& only) {
  changes out;
  const auto& listing = listing_[{only, index}];
  std::vector<std::string> missing;
  const auto look_at = [&](const std::string& name, observed_namespace& record) {
    if (!record.secrets.at(index) || listing.contains(name))
      return;
    record.secrets.at(index).reset();
    missing.push_back(name);
  };
  if (only.empty())
    for (auto& [name, record] : records_)
      look_at(name, record);
  else if (auto* record = find(only))
    look_at(only, *record);
  for (const auto& name : missing) {
    out.objects.push_back(secret_key(name, index));
    forget_if_empty(name);
  }
  listing_.erase({only, index});
  const bool first = unlisted_.erase({only, index}) > 0;
  auto left = leave_leftovers();
  out.namespaces = std::move(left.namespaces);
  out.moved = std::move(left.moved);
  if (first && listed(only)) {
    if (!only.empty())
      out.namespaces.push_back(only);
    else
      for (const auto& [name, record] : records_)
        out.namespaces.push_back(name);
  }
  return out;
}

observed_state::changes observed_state::secret(std::size_t index, const watch_event& event,
                                               const std::string& only) {
  if (event.kind == watch_event_kind::init) {
    listing_[{only, index}].clear();
    return {};
  }
  if (event.kind == watch_event_kind::init_done)
    return list_complete(index, only);
  const auto& seen = std::get<kubernetes::secret>(event.object);
  const auto& ns = seen.meta.ref.ns;
  auto& record = records_[ns];
  auto& slot = record.secrets.at(index);
  changes out{{secret_key(ns, index)}, {}, {}};
  const bool older = slot && kubernetes::newer(slot->resource_version, seen.meta.resource_version);
  if (event.kind == watch_event_kind::init_apply) {
    listing_[{only, index}].insert(ns);
    // Either our own write is newer than the list, or the server was restored from a backup, and
    // versions went back: reading it shows which.
    record.doubtful.at(index) = record.doubtful.at(index) || older;
  }
  if (older)
    return event.kind == watch_event_kind::init_apply ? out : changes{};
  record.doubtful.at(index) = false;
  gone_.erase({ns, index});
  const bool foreign = record.foreign(index);
  if (event.kind == watch_event_kind::remove) {
    if (record.phase == namespace_phase::in_scope)
      gone_[{ns, index}] = seen.meta.resource_version;
    slot.reset();
    if (foreign)
      out.namespaces.push_back(ns); // its accounts may be linked now
    forget_if_empty(ns);
    return out;
  }
  if (!slot)
    slot = std::make_unique<observed_secret>();
  store(*slot, seen);
  record.had_ours.at(index) = record.had_ours.at(index) || slot->written_by_us;
  if (leave_if_left_over(ns, record))
    out.moved.push_back(ns);
  if (foreign != record.foreign(index) || !out.moved.empty())
    out.namespaces.push_back(ns);
  return out;
}

void observed_state::account_written(const std::string& ns,
                                     const kubernetes::service_account& now) {
  auto* record = find(ns);
  const auto found =
      record ? record->accounts.find(now.meta.ref.name) : observed_accounts::iterator{};
  if (!record || found == record->accounts.end())
    return;
  auto& account = found->second;
  account.refused = false;
  if (!kubernetes::newer(account.resource_version, now.meta.resource_version)) {
    account.see(now); // else the watch was faster, and is newer
    account.managed_by_us = true;
  }
  // It stays known: a list that was asked for before may still show it as it was.
  if (account.in_scope) {
    const auto& list = now.pull_secrets;
    // From the answer: the watch may already show that the link was removed again.
    account.linked_by_us =
        account.linked_by_us ||
        (list && std::find(list->begin(), list->end(), secret_names[0]) != list->end());
  } else {
    account.was_in_scope = false;
  }
}

void observed_state::account_read(const std::string& ns, const std::string& expected,
                                  const kubernetes::service_account& now) {
  auto* record = find(ns);
  if (!record)
    return;
  const auto found = record->accounts.find(now.meta.ref.name);
  if (found == record->accounts.end())
    return;
  auto& account = found->second;
  account.doubtful = false;
  if (account.resource_version == expected ||
      !kubernetes::newer(account.resource_version, now.meta.resource_version))
    account.see(now);
}

void observed_state::account_missing(const std::string& ns, const std::string& account) {
  if (auto* record = find(ns))
    record->accounts.erase(account);
  forget_if_empty(ns);
}

void observed_state::applied(const std::string& ns, std::size_t index, const desired_secret& what,
                             const kubernetes::object_meta& now) {
  auto* record = find(ns);
  if (!record)
    return;
  record->written.at(index) = mark_of(what.digest());
  record->had_ours.at(index) = true;
  auto& slot = record->secrets.at(index);
  if (slot && kubernetes::newer(slot->resource_version, now.resource_version))
    return;
  if (const auto went = gone_.extract({ns, index});
      went && kubernetes::newer(went.mapped(), now.resource_version))
    return; // deleted meanwhile, and the watch was faster than the answer
  if (slot && slot->resource_version == now.resource_version)
    return; // the watch has reported it already, or the write changed nothing
  if (!slot)
    slot = std::make_unique<observed_secret>();
  slot->uid = now.uid;
  slot->resource_version = now.resource_version;
  slot->ours = slot->written_by_us = slot->written_last_by_us = true;
  slot->digest = what.digest();
  slot->content = contents_.obtain(slot->digest, [&] { return what.content; });
}

void observed_state::removed(const std::string& ns, std::size_t index,
                             const std::string& expected) {
  if (auto* record = find(ns)) {
    auto& slot = record->secrets.at(index);
    if (slot && slot->resource_version == expected) // else the watch has reported another since
      slot.reset();
    record->written.at(index) = 0;
  }
  forget_if_empty(ns);
}

void observed_state::secret_read(const std::string& ns, std::size_t index,
                                 const std::string& expected,
                                 std::optional<kubernetes::secret> now) {
  auto* record = find(ns);
  if (!record)
    return;
  auto& slot = record->secrets.at(index);
  const auto known = slot ? slot->resource_version : std::string{};
  record->doubtful.at(index) = false; // also if the watch was faster, and is newer
  if (!now) {
    if (known == expected)
      slot.reset();
    return forget_if_empty(ns);
  }
  if (known != expected && kubernetes::newer(known, now->meta.resource_version))
    return;
  if (!slot)
    slot = std::make_unique<observed_secret>();
  store(*slot, *now);
}

void observed_state::conflicted(const object_key& key, const std::string& expected) {
  auto* record = find(key.ns);
  if (!record)
    return;
  if (key.what == object_key::kind::secret) {
    const auto index = index_of(key);
    const auto& known = record->secrets.at(index);
    // Else the watch has reported a newer one.
    record->doubtful.at(index) = expected == (known ? known->resource_version : std::string{});
  } else if (const auto found = record->accounts.find(key.name); found != record->accounts.end()) {
    found->second.doubtful = found->second.resource_version == expected;
  }
}

bool observed_state::accounts_listed(const std::string& ns,
                                     const std::vector<kubernetes::service_account>& accounts,
                                     const std::string& continue_token) {
  auto* record = find(ns);
  if (!record || record->phase != namespace_phase::leaving)
    return true;
  for (const auto& seen : accounts) {
    const bool known = record->accounts.contains(seen.meta.ref.name);
    auto& account = record->accounts[seen.meta.ref.name];
    account.in_scope = false;
    if (!known || !kubernetes::newer(account.resource_version, seen.meta.resource_version))
      account.see(seen);
  }
  if (continue_token.empty()) {
    record->listing.reset();
    record->inspected = true;
    return true;
  }
  if (!record->listing)
    record->listing = std::make_unique<account_listing>();
  const bool repeated = record->listing->continue_token == continue_token;
  record->listing->continue_token = continue_token;
  if (!repeated && ++record->listing->pages < most_pages && !accounts.empty())
    return true;
  record->listing.reset();
  return false;
}

void observed_state::listing_failed(const std::string& ns, errc why) {
  auto* record = find(ns);
  if (!record || (why != errc::response_too_big && why != errc::gone))
    return;
  if (!record->listing)
    record->listing = std::make_unique<account_listing>();
  if (why == errc::gone)
    record->listing->continue_token.clear();
  else
    record->listing->limit = std::max(1, record->listing->limit / 2);
}

void observed_state::failed(const object_key& key) {
  auto* record = find(key.ns);
  if (!record)
    return;
  if (key.what == object_key::kind::name_space) {
    record->listing_failed = true;
  } else if (key.what == object_key::kind::account) {
    const auto found = record->accounts.find(key.name);
    if (found != record->accounts.end())
      found->second.refused = true;
  }
}

void observed_state::terminating(const std::string& ns) {
  if (auto* record = find(ns))
    record->phase = namespace_phase::terminating;
}

void observed_state::forget(const std::string& ns) {
  records_.erase(ns);
  gone_.erase(gone_.lower_bound({ns, 0}), gone_.lower_bound({ns, secret_names.size()}));
}

void observed_state::released(const std::string& ns) {
  auto* record = find(ns);
  if (record && record->to_be_excluded)
    record->phase = namespace_phase::excluded;
  else
    forget(ns);
}

void observed_state::forget_writes() {
  for (auto& [name, record] : records_) {
    record.written = {};
    for (auto& [account_name, account] : record.accounts)
      account.linked_by_us = false;
  }
}

void observed_state::forget_if_empty(const std::string& ns) {
  const auto* record = find(ns);
  if (record && record->phase == namespace_phase::unknown && record->accounts.empty() &&
      std::none_of(record->secrets.begin(), record->secrets.end(),
                   [](const auto& secret) { return secret != nullptr; }))
    forget(ns);
}

observed_namespace* observed_state::find(const std::string& ns) {
  const auto found = records_.find(ns);
  return found == records_.end() ? nullptr : &found->second;
}

const observed_namespace* observed_state::find(const std::string& ns) const {
  const auto found = records_.find(ns);
  return found == records_.end() ? nullptr : &found->second;
}

} // namespace acr
