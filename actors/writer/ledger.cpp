#include "actors/writer/ledger.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "actors/writer/pacing.hpp"

namespace acr {

ledger::dirty ledger::all_serving() const {
  dirty names;
  for (const auto& [name, record] : records_)
    if (record.state == standing::serving)
      names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

std::size_t ledger::serving() const {
  return static_cast<std::size_t>(
      std::count_if(records_.begin(), records_.end(),
                    [](const auto& item) { return item.second.state == standing::serving; }));
}

ledger::dirty ledger::expect(expect_instances what) {
  book_.expect(std::move(what));
  wanted_anew();
  return all_serving();
}

ledger::dirty ledger::issue(const token_issued& what, times now) {
  const auto left = book_.renewed_with_left(what, now.wall);
  std::vector<content_digest> before;
  if (left)
    for (const auto& secret : book_.secrets())
      before.push_back(secret.digest);
  if (!book_.issue(what))
    return {};
  left ? wanted_in_turn(before, *left, now.wall) : wanted_anew();
  if (!settled_ && !held_until_)
    held_until_ = now.mono + settle_time;
  settled(now.mono);
  return all_serving();
}

ledger::dirty ledger::withdraw(const std::string& instance) {
  if (!book_.withdraw(instance))
    return {};
  wanted_anew();
  return all_serving();
}

ledger::dirty ledger::expire(wall_time now) {
  if (!book_.expire(now))
    return {};
  wanted_anew();
  return all_serving();
}

bool ledger::settled(std::chrono::milliseconds now) {
  if (!settled_ && held_until_ && (!book_.has_pending() || now >= *held_until_)) {
    settled_ = true;
    held_until_.reset();
  }
  return settled_;
}

/// Whatever is wanted now, no Secret has it. Contents are kept only as long as something may have
/// to be carried over from them, or until they are judged once (`stay`).
void ledger::wanted_anew() {
  const bool decided = !book_.empty() && !book_.has_pending();
  for (auto& [name, record] : records_)
    for (auto& secret : record.secrets)
      if (secret) {
        secret->stays_until.reset();
        // Of the others it may not be known yet whether they are in scope.
        if (decided && (record.state == standing::leaving || record.state == standing::ending))
          secret->content.reset();
      }
}

/// A mere renewal: what is as it should have been until now may stay until it is its turn, which
/// begins when the other instances of the same round have been renewed, too. One that waits for its
/// turn already gets no later one.
void ledger::wanted_in_turn(const std::vector<content_digest>& before,
                            std::chrono::milliseconds left, wall_time now) {
  const auto answer = answer_wait(left); // one that was due may be under way
  const auto others = book_.last_renewal(now - answer, now + round_wait(left));
  const auto begins = others ? std::max(now, *others + answer) : now;
  for (auto& [name, record] : records_)
    for (std::size_t i = 0; i < record.secrets.size() && record.state == standing::serving; ++i) {
      auto& secret = record.secrets.at(i);
      if (!secret || i >= before.size() || (!secret->stays_until && secret->digest != before[i]))
        continue;
      const auto turn = begins + turn_of(name, records_.size(), left);
      secret->stays_until = std::min(secret->stays_until.value_or(turn), turn);
    }
}

/// `found`: by a list, so that it may have been there before us.
void ledger::store(secret_record& record, const kubernetes::secret& seen, bool found) const {
  record.uid = seen.meta.uid;
  record.resource_version = seen.meta.resource_version;
  record.ours = is_ours(seen);
  record.written_by_us = seen.managed_by_us;
  record.digest = digest_of(seen);
  record.content.reset();
  record.stays_until.reset();
  record.first_end.reset();
  if (!record.ours || (!found && !book_.empty() && !book_.has_pending()))
    return;
  record.content = std::make_shared<const kubernetes::secret>(seen);
  record.first_end = first_end_in(seen);
}

bool ledger::listed(const std::string& only) const {
  const auto first = unlisted_.lower_bound({only, 0});
  return first == unlisted_.end() || first->first != only;
}

void ledger::list_begun(std::size_t index, const std::string& only) {
  unlisted_.emplace(only, index);
}

void ledger::list_dropped(std::size_t index, const std::string& only) {
  unlisted_.erase({only, index});
  listing_.erase({only, index});
}

ledger::dirty ledger::secret(std::size_t index, const watch_event& event, const std::string& only) {
  auto& listing = listing_[{only, index}];
  if (event.kind == watch_event_kind::init) {
    listing.clear();
    return {};
  }
  if (event.kind == watch_event_kind::init_done) {
    dirty missing;
    for (auto& [name, record] : records_)
      if (record.secrets.at(index) && (only.empty() || only == name) && !listing.contains(name)) {
        record.secrets.at(index).reset();
        missing.push_back(name);
      }
    for (const auto& name : missing)
      forget_if_empty(name);
    listing_.erase({only, index});
    const bool first = unlisted_.erase({only, index}) > 0;
    auto left = drop_leftovers();
    missing.insert(missing.end(), left.begin(), left.end());
    if (first && listed(only))
      return only.empty() ? all_serving() : dirty{only};
    return missing;
  }
  const auto& seen = std::get<kubernetes::secret>(event.object);
  const auto& ns = seen.meta.ref.ns;
  auto& record = records_[ns];
  auto& slot = record.secrets.at(index);
  if (event.kind == watch_event_kind::init_apply)
    listing.insert(ns);
  if (slot && kubernetes::newer(slot->resource_version, seen.meta.resource_version))
    return {};
  record.doubtful.at(index) = false;
  gone_.erase({ns, index});
  if (event.kind == watch_event_kind::remove) {
    if (record.state == standing::serving)
      gone_[{ns, index}] = seen.meta.resource_version;
    slot.reset();
    forget_if_empty(ns);
    return {ns};
  }
  const auto before = std::exchange(slot, std::make_unique<secret_record>());
  const bool again = before && before->digest == digest_of(seen);
  store(*slot, seen, event.kind == watch_event_kind::init_apply && (!again || before->content));
  if (again)
    slot->stays_until = before->stays_until;
  drop_if_left_over(record);
  return {ns};
}

void ledger::linked(const std::string& ns, const work_step& step,
                    const kubernetes::object_meta& now) {
  auto* record = find(ns);
  if (!record || !record->accounts.contains(step.account))
    return;
  auto& account = record->accounts.at(step.account);
  if (kubernetes::newer(account.resource_version, now.resource_version))
    return; // the watch was faster, and knows more
  if (account.resource_version != now.resource_version) {
    auto list = account.pull_secrets.get();
    list.insert(list.end(), step.names.begin(), step.names.end());
    account.pull_secrets = list;
  }
  account.resource_version = now.resource_version;
  account.managed_by_us = true;
}

void ledger::unlinked(const std::string& ns, const work_step& step,
                      const kubernetes::object_meta& now) {
  auto* record = find(ns);
  if (!record || !record->accounts.contains(step.account))
    return;
  auto& account = record->accounts.at(step.account);
  if (!kubernetes::newer(account.resource_version, now.resource_version)) {
    auto list = account.pull_secrets.get();
    std::erase_if(list, [&](const std::string& name) {
      return std::find(step.names.begin(), step.names.end(), name) != step.names.end();
    });
    account.pull_secrets = list;
    account.resource_version = now.resource_version;
  }
  // It stays known: a list that was asked for before may still show it as it was.
  if (!account.in_scope)
    account.was_in_scope = false;
}

void ledger::applied(const std::string& ns, std::size_t index, const desired_secret& content,
                     const kubernetes::object_meta& now) {
  auto* record = find(ns);
  if (!record)
    return;
  auto& slot = record->secrets.at(index);
  if (slot && kubernetes::newer(slot->resource_version, now.resource_version))
    return;
  if (const auto went = gone_.extract({ns, index});
      went && kubernetes::newer(went.mapped(), now.resource_version))
    return; // somebody deleted it, and the watch was faster than the answer
  kubernetes::secret written;
  written.meta = now;
  written.type = kubernetes::docker_config_type;
  written.labels = content.labels;
  written.annotations = content.annotations;
  written.docker_config = content.document;
  written.managed_by_us = true;
  slot = std::make_unique<secret_record>();
  store(*slot, written, false);
}

void ledger::removed(const std::string& ns, std::size_t index) {
  if (auto* record = find(ns))
    record->secrets.at(index).reset();
  forget_if_empty(ns);
}

void ledger::looked(const std::string& ns, std::size_t index,
                    std::optional<kubernetes::secret> seen) {
  if (auto* record = find(ns))
    record->doubtful.at(index) = false; // also if the watch was faster, and knows more
  if (!seen)
    return removed(ns, index);
  secret(index, {watch_event_kind::apply, std::move(*seen)});
}

void ledger::conflicted(const std::string& ns, const work_step& step) {
  auto* record = find(ns);
  if (!record)
    return;
  if (step.what == work_step::kind::apply || step.what == work_step::kind::remove) {
    const auto& known = record->secrets.at(step.index);
    const bool same = step.version == (known ? known->resource_version : std::string{});
    record->doubtful.at(step.index) = same; // else the watch has told meanwhile
    return;
  }
  record->inspected = false;
  for (auto& [name, account] : record->accounts)
    account.doubtful = !account.in_scope;
}

void ledger::ending(const std::string& ns) {
  if (auto* record = find(ns))
    record->state = standing::ending;
}

void ledger::forget(const std::string& ns) {
  records_.erase(ns);
  std::erase_if(gone_, [&](const auto& item) { return item.first.first == ns; });
}

void ledger::forget_if_empty(const std::string& ns) {
  const auto* record = find(ns);
  if (record && record->state == standing::unknown && record->accounts.empty() &&
      std::none_of(record->secrets.begin(), record->secrets.end(),
                   [](const auto& secret) { return secret != nullptr; }))
    forget(ns);
}

namespace_record* ledger::find(const std::string& ns) {
  const auto found = records_.find(ns);
  return found == records_.end() ? nullptr : &found->second;
}

} // namespace acr
