#include "actors/writer/workqueue.hpp"

#include <algorithm>

namespace acr {

namespace {

// Failing objects get this many places even while others wait.
constexpr std::size_t retries_always = 2;
// At this number, limits that are full again are dropped.
constexpr std::size_t limits_kept = 1024;

} // namespace

void workqueue::lane::push(const object_key& key, std::uint64_t sequence) {
  auto& queue = by_namespace[key.ns];
  if (queue.empty())
    turns.push_back(key.ns);
  queue.push_back({sequence, key});
}

void workqueue::remove(const object_key& key) {
  const auto found = places_.find(key);
  if (found == places_.end())
    return;
  const auto& at = found->second;
  if (at.ready)
    --ready_; // its entry in the lane is skipped
  else
    delayed_.erase({{at.at, at.sequence}, key});
  places_.erase(found);
}

void workqueue::enter(const object_key& key, place& at) {
  at.ready = true;
  ++ready_;
  auto& into =
      failing_.contains(key) ? retry_lane_ : lanes_.at(static_cast<std::size_t>(at.priority));
  into.push(key, at.sequence);
}

void workqueue::schedule(const object_key& key, write_priority priority, time when, time now) {
  if (const auto found = failing_.find(key); found != failing_.end())
    when = std::max(when, found->second.not_before);
  if (const auto found = places_.find(key); found != places_.end()) {
    const auto& known = found->second;
    const bool sooner = !known.ready && when < known.at;
    if (!sooner && priority >= known.priority)
      return;
    when = std::min(when, known.at);
    priority = std::min(priority, known.priority);
    remove(key);
  }
  auto& at = places_[key];
  at = {when, sequence_++, priority, false};
  if (when <= now)
    enter(key, at);
  else
    delayed_.insert({{when, at.sequence}, key});
}

void workqueue::add(const object_key& key, write_priority priority, time when, time now) {
  if (const auto found = in_work_.find(key); found != in_work_.end()) {
    auto& work = found->second;
    work.priority = work.again ? std::min(work.priority, priority) : priority;
    work.again = std::min(work.again.value_or(when), when);
    return;
  }
  schedule(key, priority, when, now);
}

void workqueue::make_due_ready(time now) {
  while (!delayed_.empty() && delayed_.begin()->first.first <= now) {
    const auto key = delayed_.begin()->second;
    delayed_.erase(delayed_.begin());
    enter(key, places_.at(key));
  }
}

std::optional<object_key> workqueue::take_from(lane& from) {
  while (!from.turns.empty()) {
    auto ns = std::move(from.turns.front());
    from.turns.pop_front();
    const auto found = from.by_namespace.find(ns);
    auto& queue = found->second;
    auto first = std::move(queue.front());
    queue.pop_front();
    if (queue.empty())
      from.by_namespace.erase(found);
    else
      from.turns.push_back(std::move(ns));
    const auto known = places_.find(first.key);
    if (known == places_.end() || known->second.sequence != first.sequence)
      continue; // it was moved, or has gone
    places_.erase(known);
    --ready_;
    return std::move(first.key);
  }
  return std::nullopt;
}

std::optional<object_key> workqueue::take(time now) {
  if (now < paused_until_ || in_work_.size() >= most_in_work_)
    return std::nullopt;
  make_due_ready(now);
  std::optional<object_key> key;
  bool retry = false;
  if (retries_ < std::min(retries_always, most_retries_))
    retry = (key = take_from(retry_lane_)).has_value();
  for (auto& from : lanes_)
    if (!key)
      key = take_from(from);
  if (!key && retries_ < most_retries_)
    retry = (key = take_from(retry_lane_)).has_value();
  if (!key)
    return std::nullopt;
  retries_ += retry ? 1 : 0;
  in_work_.emplace(*key, busy{{}, write_priority::rest, retry});
  return key;
}

void workqueue::done(const object_key& key, time now) {
  const auto found = in_work_.find(key);
  if (found == in_work_.end())
    return;
  const auto work = found->second;
  in_work_.erase(found);
  retries_ -= work.retry ? 1 : 0;
  if (work.again)
    schedule(key, work.priority, *work.again, now);
}

void workqueue::failed(const object_key& key, time now, time delay, bool may_have_worked) {
  auto& count = failing_[key];
  ++count.failures;
  count.may_have_worked = count.may_have_worked || may_have_worked;
  count.not_before = now + delay;
  add(key, write_priority::rest, count.not_before, now);
  done(key, now);
}

unsigned workqueue::failures(const object_key& key) const {
  const auto found = failing_.find(key);
  return found == failing_.end() ? 0 : found->second.failures;
}

void workqueue::settled(const object_key& key, time now) {
  const auto found = failing_.find(key);
  if (found == failing_.end())
    return;
  if (found->second.may_have_worked)
    written(key, now);
  failing_.erase(found);
}

void workqueue::start_again(const std::string& ns) {
  std::erase_if(failing_, [&](const auto& item) { return item.first.ns == ns; });
}

void workqueue::drop(const object_key& key) {
  remove(key);
  if (const auto found = in_work_.find(key); found != in_work_.end())
    found->second.again.reset();
}

void workqueue::forget(const object_key& key) {
  drop(key);
  failing_.erase(key);
  limits_.erase(key);
}

void workqueue::forget_namespace(const std::string& ns) {
  const auto in_it = [&](const auto& item) { return item.first.ns == ns; };
  std::erase_if(failing_, in_it);
  std::erase_if(limits_, in_it);
  std::erase_if(places_, [&](const auto& item) {
    if (!in_it(item))
      return false;
    if (item.second.ready)
      --ready_;
    else
      delayed_.erase({{item.second.at, item.second.sequence}, item.first});
    return true;
  });
  for (auto& [key, work] : in_work_)
    if (key.ns == ns)
      work.again.reset();
}

workqueue::time workqueue::allowed_at(const object_key& key, time now) {
  const auto found = limits_.find(key);
  return found == limits_.end() ? now : found->second.allowed_at(now);
}

void workqueue::written(const object_key& key, time now) {
  if (limits_.size() >= limits_kept)
    std::erase_if(limits_, [now](const auto& item) { return item.second.full(now); });
  limits_[key].written(now);
}

bool workqueue::contested(const object_key& key, time now) {
  const auto found = limits_.find(key);
  return found != limits_.end() && found->second.contested(now);
}

workqueue::time workqueue::uncontested_at(const object_key& key) const {
  const auto found = limits_.find(key);
  return found == limits_.end() ? time::min() : found->second.full_at();
}

std::size_t workqueue::waiting(time now) const {
  std::size_t count = ready_;
  for (const auto& [at, key] : delayed_)
    count += at.first <= now || failing_.contains(key) ? 1 : 0;
  return count;
}

bool workqueue::idle(time now) const {
  return in_work_.empty() && failing_.empty() && ready_ == 0 &&
         (delayed_.empty() || delayed_.begin()->first.first > now + std::chrono::seconds{1});
}

std::optional<workqueue::time> workqueue::next(time now) const {
  if (in_work_.size() >= most_in_work_)
    return std::nullopt;
  std::optional<time> first;
  const bool only_retries =
      std::none_of(lanes_.begin(), lanes_.end(), [](const lane& l) { return !l.turns.empty(); });
  if (ready_ > 0 && (!only_retries || retries_ < most_retries_))
    first = now;
  else if (!delayed_.empty())
    first = delayed_.begin()->first.first;
  if (!first)
    return std::nullopt;
  return std::max({*first, paused_until_, now});
}

} // namespace acr
