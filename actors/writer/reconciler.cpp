#include "actors/writer/reconciler.hpp"

#include <algorithm>

namespace acr {

namespace {

using kind = action::kind;
using verdict = secret_decision::verdict;

/// Names of ours that an account references and should not.
std::vector<std::string> names_to_remove(const observed_namespace& seen,
                                         const observed_account& account) {
  const bool leaving = seen.out_of_scope();
  const bool ours_to_remove = account.was_in_scope || account.managed_by_us;
  std::vector<std::string> names;
  // A reference to a deleted Secret is useless, and need not name us in managedFields: the server
  // tracks no changes of an object that was created empty, as `default` accounts are.
  for (std::size_t i = 0; i < secret_names.size(); ++i)
    if (account.holds(secret_names.at(i)) && !(leaving && seen.foreign(i)) &&
        (ours_to_remove || (leaving && seen.had_ours.at(i))))
      names.emplace_back(secret_names.at(i));
  return names;
}

action patch(const observed_account& account, kind what, write_reason reason,
             std::vector<std::string> names) {
  if (account.doubtful)
    return {kind::read, write_reason::unknown_version};
  if (names.empty())
    return {};
  return {what, reason, std::move(names)};
}

action reconcile_account(const desired_state& desired, const observed_namespace& seen,
                         const object_key& key, times now) {
  const auto found = seen.accounts.find(key.name);
  if (found == seen.accounts.end() || found->second.terminating)
    return {};
  const auto& account = found->second;
  if (seen.out_of_scope() || !account.in_scope)
    return patch(account, kind::unlink, write_reason::out_of_scope, names_to_remove(seen, account));
  if (seen.phase != namespace_phase::in_scope)
    return {};
  const auto links = desired.links(key.ns, seen, now);
  std::vector<std::string> missing;
  std::vector<std::string> surplus;
  for (std::size_t i = 0; i < secret_names.size(); ++i) {
    const bool held = account.holds(secret_names.at(i));
    if (seen.foreign(i) || held == (i < links))
      continue;
    (held ? surplus : missing).emplace_back(secret_names.at(i));
  }
  if (!missing.empty())
    return patch(account, kind::link,
                 account.linked_by_us ? write_reason::link_removed : write_reason::new_link,
                 std::move(missing));
  return patch(account, kind::unlink, write_reason::surplus, std::move(surplus));
}

/// Accounts of a leaving namespace are still to be unlinked. Refused ones hold up nothing.
bool waits_for_accounts(const observed_namespace& seen) {
  if (!seen.inspected && !seen.listing_failed)
    return true;
  return std::any_of(seen.accounts.begin(), seen.accounts.end(), [&](const auto& item) {
    const auto& account = item.second;
    return !account.terminating && !account.refused && !names_to_remove(seen, account).empty();
  });
}

action remove(const observed_namespace& seen, std::size_t index, write_reason reason) {
  const auto& secret = seen.secrets.at(index);
  if (!secret || !secret->written_by_us)
    return {};
  if (seen.doubtful.at(index))
    return {kind::read, write_reason::unknown_version};
  return {kind::remove, reason};
}

write_reason reason_to_write(const observed_namespace& seen, std::size_t index, wall_time now) {
  const auto& secret = seen.secrets.at(index);
  const auto written = seen.written.at(index);
  if (!secret)
    return written == 0 ? write_reason::new_secret : write_reason::secret_deleted;
  if (written != 0 && written != mark_of(secret->digest))
    return write_reason::secret_changed;
  if (secret->content && secret->content->first_end && *secret->content->first_end <= now)
    return write_reason::expired;
  return write_reason::outdated;
}

bool any_account_in_scope(const observed_namespace& seen) {
  return std::any_of(seen.accounts.begin(), seen.accounts.end(),
                     [](const auto& item) { return item.second.in_scope; });
}

action reconcile_secret(const desired_state& desired, const observed_namespace& seen,
                        const object_key& key, times now, reconcile_options options) {
  const auto index = index_of(key);
  // The Secret shows a successor of this process what is left to unlink: it is deleted last.
  if (seen.out_of_scope())
    return waits_for_accounts(seen) ? action{} : remove(seen, index, write_reason::out_of_scope);
  const bool withdrawal_only = seen.phase == namespace_phase::unknown && desired.secrets().empty();
  if ((seen.phase != namespace_phase::in_scope && !withdrawal_only) || seen.foreign(index))
    return {};
  auto decision = desired.decide(key.ns, seen, index, now);
  if (seen.doubtful.at(index) && !withdrawal_only)
    return {kind::read, write_reason::unknown_version};
  if (decision.is == verdict::surplus)
    return withdrawal_only ? action{} : remove(seen, index, write_reason::surplus);
  action next;
  next.look_again = decision.look_again;
  next.not_before = decision.not_before;
  if (decision.is == verdict::keep)
    return next;
  const auto reason = reason_to_write(seen, index, now.wall);
  if (reason == write_reason::new_secret && !options.default_in_scope &&
      !any_account_in_scope(seen) && now.mono < seen.seen_at + account_grace) {
    next.not_before = seen.seen_at + account_grace;
    return next;
  }
  if (const auto quiet = desired.quiet_until(now.mono); quiet && reason == write_reason::outdated) {
    next.not_before = quiet;
    return next;
  }
  next.not_before.reset();
  if (seen.doubtful.at(index)) {
    next.what = kind::read;
    next.reason = write_reason::unknown_version;
    return next;
  }
  next.what = kind::apply;
  next.reason = reason;
  next.secret = std::move(decision.secret);
  return next;
}

action reconcile_namespace(const observed_namespace& seen) {
  if (seen.phase != namespace_phase::leaving)
    return {};
  if (!seen.inspected)
    return {kind::list_accounts, write_reason::out_of_scope};
  const bool account_left =
      std::any_of(seen.accounts.begin(), seen.accounts.end(), [&](const auto& item) {
        return !item.second.terminating && !names_to_remove(seen, item.second).empty();
      });
  const bool secret_left =
      std::any_of(seen.secrets.begin(), seen.secrets.end(),
                  [](const auto& secret) { return secret && secret->written_by_us; });
  if (account_left || secret_left)
    return {};
  return {kind::release, write_reason::out_of_scope};
}

} // namespace

const char* to_string(write_reason reason) {
  switch (reason) {
  case write_reason::none:
    break;
  case write_reason::new_link:
    return "new link";
  case write_reason::new_secret:
    return "new secret";
  case write_reason::expired:
    return "expired";
  case write_reason::link_removed:
    return "link removed";
  case write_reason::secret_deleted:
    return "secret deleted";
  case write_reason::secret_changed:
    return "secret changed";
  case write_reason::outdated:
    return "outdated";
  case write_reason::surplus:
    return "surplus";
  case write_reason::out_of_scope:
    return "out of scope";
  case write_reason::unknown_version:
    return "unknown version";
  }
  return "none";
}

write_priority priority_of(write_reason reason) {
  switch (reason) {
  case write_reason::new_link:
  case write_reason::new_secret:
    return write_priority::first;
  case write_reason::expired:
    return write_priority::withdrawal;
  case write_reason::link_removed:
  case write_reason::secret_deleted:
  case write_reason::secret_changed:
  case write_reason::unknown_version:
    return write_priority::repair;
  case write_reason::none:
  case write_reason::outdated:
  case write_reason::surplus:
  case write_reason::out_of_scope:
    break;
  }
  return write_priority::rest;
}

bool is_limited(write_reason reason) {
  switch (reason) {
  case write_reason::link_removed:
  case write_reason::secret_deleted:
  case write_reason::secret_changed:
  case write_reason::surplus:
  case write_reason::out_of_scope:
    return true;
  default:
    return false;
  }
}

action reconcile(const desired_state& desired, const observed_state& observed,
                 const object_key& key, times now, reconcile_options options) {
  const auto* seen = observed.find(key.ns);
  if (!seen || !observed.ready() || !observed.listed(key.ns))
    return {};
  switch (key.what) {
  case object_key::kind::account:
    return reconcile_account(desired, *seen, key, now);
  case object_key::kind::secret:
    return reconcile_secret(desired, *seen, key, now, options);
  case object_key::kind::name_space:
    break;
  }
  return reconcile_namespace(*seen);
}

} // namespace acr
