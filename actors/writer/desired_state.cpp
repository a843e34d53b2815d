#include "actors/writer/desired_state.hpp"

#include <algorithm>
#include <set>

#include "actors/writer/adoption.hpp"
#include "actors/writer/write_spreading.hpp"

namespace acr {

namespace {

using verdict = secret_decision::verdict;
using std::chrono::milliseconds;

// A client that edits our Secrets may make different contents in each namespace.
constexpr std::size_t most_shared_results = 64;

template <class Map>
void keep_small(Map& results) {
  if (results.size() >= most_shared_results)
    results.clear();
}

} // namespace

void desired_state::expect(expect_instances what) {
  secrets_.expect(std::move(what));
  everything_changed();
}

bool desired_state::issue(const token_issued& what, times now, std::size_t namespaces) {
  namespaces_ = namespaces;
  const bool was_settled = settled(now.mono);
  const auto left = secrets_.renewed_with_left(what, now.wall);
  const auto concerned = secrets_.groups_with(what.instance);
  std::vector<shared_content> before;
  if (left) {
    for (const auto group : concerned)
      for (const auto& digest : secrets_.digests_of(group))
        before.emplace_back(group, digest);
    for (const auto& [key, result] : carried_)
      if (concerned.contains(key.group))
        before.emplace_back(key.group, result.what->digest());
    for (const auto& [key, result] : adopted_)
      if (concerned.contains(key.group) && result.until && *result.until > now.wall)
        before.emplace_back(key.group, key.seen);
  }
  if (!secrets_.issue(what))
    return false;
  if (left) {
    supersede(*left, now, namespaces, concerned, before);
  } else {
    changed(concerned);
    if (was_settled) {
      if (!quiet_since_ || now.mono >= quiet_until_)
        quiet_since_ = now.mono;
      quiet_until_ = std::min(now.mono + quiet_time, *quiet_since_ + most_quiet_time);
    }
  }
  if (!settled_ && !held_until_)
    held_until_ = now.mono + settle_time;
  settled(now.mono);
  return true;
}

bool desired_state::withdraw(const std::string& instance) {
  if (!secrets_.withdraw(instance))
    return false;
  changed(secrets_.groups_with(instance));
  return true;
}

bool desired_state::expire(wall_time now) {
  if (!secrets_.expire(now))
    return false;
  everything_changed();
  return true;
}

/// No earlier content is as good as the new one.
void desired_state::everything_changed() {
  superseded_.clear();
  carried_.clear();
  adopted_.clear();
  misplaced_.clear();
}

/// The same in these groups. Results that follow from their Secrets are void.
void desired_state::changed(const std::set<std::size_t>& groups) {
  std::erase_if(superseded_, [&](const auto& item) { return groups.contains(item.first.first); });
  forget_results(groups);
}

void desired_state::forget_results(const std::set<std::size_t>& groups) {
  std::erase_if(carried_, [&](const auto& item) { return groups.contains(item.first.group); });
  std::erase_if(adopted_, [&](const auto& item) { return groups.contains(item.first.group); });
}

/// A mere renewal: the content desired until now may stay until it is the namespace's turn. Turns
/// begin when the other instances of the same round have been renewed, too. A content that already
/// waits for its turn is not put off.
void desired_state::supersede(milliseconds left, times now, std::size_t namespaces,
                              const std::set<std::size_t>& groups,
                              const std::vector<shared_content>& before) {
  forget_results(groups);
  const auto answer = answer_wait(left); // one that was due may be in flight
  const auto others = secrets_.last_renewal(now.wall - answer, now.wall + round_wait(left));
  const auto begins = others ? std::max(now.wall, *others + answer) : now.wall;
  std::erase_if(superseded_,
                [&](const auto& item) { return item.second.begins + item.second.left < now.wall; });
  std::set<shared_content> all{before.begin(), before.end()};
  for (const auto& [content, turn] : superseded_)
    if (groups.contains(content.first))
      all.insert(content);
  for (const auto& content : all)
    superseded_.emplace(content, superseded_content{begins, left, namespaces});
}

bool desired_state::settled(milliseconds now) const {
  if (!settled_ && held_until_ && (!secrets_.has_pending() || now >= *held_until_))
    settled_ = true;
  return settled_;
}

std::optional<milliseconds> desired_state::quiet_until(milliseconds now) const {
  return quiet_since_ && now < quiet_until_ ? std::optional{quiet_until_} : std::nullopt;
}

desired_state::carried desired_state::carry(const std::string& ns, std::size_t index,
                                            const secret_content& seen, wall_time now) const {
  keep_small(carried_);
  auto& known = carried_[{secrets_.group_of(ns), index, seen.digest}];
  if (!known.what || (known.until && *known.until <= now)) {
    known.until.reset();
    known.what = std::make_shared<const desired_secret>(
        secrets_.carry_over(ns, index, seen, now, known.until));
  }
  return known;
}

/// Until when the present content may stay although another is desired.
std::optional<wall_time> desired_state::stays(const std::string& ns, const observed_secret& seen,
                                              const desired_secret& wanted, wall_time now) const {
  const auto first_end = seen.content ? seen.content->first_end : std::nullopt;
  if (first_end && *first_end <= now)
    return std::nullopt;
  std::optional<wall_time> until;
  const auto group = secrets_.group_of(ns);
  const auto [first, last] = superseded_.equal_range({group, seen.digest});
  for (auto at = first; at != last; ++at) {
    const auto turn = at->second.begins + turn_of(ns, at->second.namespaces, at->second.left);
    until = std::min(until.value_or(turn), turn);
  }
  if (until) {
    until = std::min(*until, first_end.value_or(*until));
    return *until > now ? until : std::nullopt;
  }
  if (!seen.content || !seen.written_last_by_us)
    return std::nullopt;
  keep_small(adopted_);
  const auto [known, is_new] =
      adopted_.try_emplace({group, seen.digest, wanted.digest()}, adopted{std::nullopt, now});
  if (is_new)
    known->second.until = stays_until(*seen.content, wanted, secrets_.firsts(), now);
  if (!known->second.until)
    return std::nullopt;
  // Spread in time.
  until = *known->second.until;
  *until -= turn_of(ns, std::max<std::size_t>(namespaces_, 1), *until - known->second.judged_at);
  return *until > now ? until : std::nullopt;
}

/// Without a configuration this is the only write: an entry of an earlier helper must not outlive
/// its end, and that needs no configuration.
secret_decision desired_state::decide_without_instances(const std::string& ns,
                                                        const observed_namespace& seen,
                                                        std::size_t index, wall_time now) const {
  const auto& secret = seen.secrets.at(index);
  if (!secret && index > 0)
    return {};
  secret_decision decision{verdict::keep};
  if (!secret || !secret->content || !secret->written_by_us || !secret->content->first_end)
    return decision;
  if (*secret->content->first_end <= now) {
    decision.is = verdict::write;
    decision.secret = carry(ns, index, *secret->content, now).what;
  } else {
    decision.look_again = secret->content->first_end;
  }
  return decision;
}

secret_decision desired_state::decide(const std::string& ns, const observed_namespace& seen,
                                      std::size_t index, times now) const {
  if (secrets_.empty())
    return decide_without_instances(ns, seen, index, now.wall);
  const auto& secret = seen.secrets.at(index);
  const auto& here = secrets_.secrets_in(ns);
  const bool desired = index < here.size();
  const bool pending = secrets_.has_pending(ns);
  const bool carries = secret && secret->content &&
                       (pending || (secrets_.has_withdrawn(ns) && secret->written_last_by_us));
  if (!desired && !carries)
    return {};
  secret_decision decision{verdict::keep};
  const auto first_end = carries ? secret->content->first_end : std::nullopt;
  // An expired credential waits for nothing: after a restart the cloud may be unreachable for long.
  // Neither does one that does not belong in this namespace.
  const bool overdue =
      (first_end && *first_end <= now.wall) ||
      (secrets_.limited() && secret && secret->content && misplaced(ns, *secret->content));
  if (!settled(now.mono) && !overdue) {
    decision.look_again = first_end;
    decision.not_before = held_until_;
    return decision;
  }
  auto wanted = desired ? here[index] : nullptr;
  if (carries) {
    const auto merged = carry(ns, index, *secret->content, now.wall);
    wanted = merged.what;
    decision.look_again = merged.until;
  }
  if (wanted->empty() && !desired)
    return {};
  // Never an empty document in place of a good one, only because nothing has answered yet.
  if (wanted->empty() && (!secret || (pending && !overdue))) {
    decision.look_again = first_end; // what is in it ends all the same
    return decision;
  }
  if (secret && secret->digest == wanted->digest())
    return decision;
  if (secret)
    if (const auto until = stays(ns, *secret, *wanted, now.wall)) {
      decision.look_again = std::min(decision.look_again.value_or(*until), *until);
      return decision;
    }
  decision.is = verdict::write;
  decision.secret = std::move(wanted);
  return decision;
}

bool desired_state::misplaced(const std::string& ns, const secret_content& seen) const {
  keep_small(misplaced_);
  const auto [known, is_new] = misplaced_.try_emplace({secrets_.group_of(ns), seen.digest}, false);
  if (is_new)
    known->second = secrets_.misplaced_in(ns, seen.annotation);
  return known->second;
}

std::size_t desired_state::links(const std::string& ns, const observed_namespace& seen,
                                 times now) const {
  for (auto count = secret_names.size(); count > 0; --count)
    if (decide(ns, seen, count - 1, now).is != verdict::surplus)
      return count;
  return 0;
}

std::size_t desired_state::link_generation() const {
  return secrets_.shape() * 2 + (secrets_.empty() ? 1U : 0U);
}

} // namespace acr
