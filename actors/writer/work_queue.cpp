#include "actors/writer/work_queue.hpp"

#include <algorithm>

namespace acr {

void work_queue::schedule(const std::string& key, time when) {
  if (const auto found = trouble_.find(key); found != trouble_.end())
    when = std::max(when, found->second.not_before);
  if (const auto found = place_.find(key); found != place_.end()) {
    if (found->second.first <= when)
      return;
    order_.erase({found->second, key});
  }
  const std::pair place{when, sequence_++};
  place_[key] = place;
  order_.insert({place, key});
}

void work_queue::add(const std::string& key, time when) {
  if (const auto busy = in_work_.find(key); busy != in_work_.end()) {
    busy->second = std::min(busy->second.value_or(when), when);
    return;
  }
  schedule(key, when);
}

std::optional<std::string> work_queue::take(time now) {
  if (order_.empty() || now < paused_until_ || in_work_.size() >= most_in_work_)
    return std::nullopt;
  const auto first = order_.begin();
  if (first->first.first > now)
    return std::nullopt;
  auto key = first->second;
  order_.erase(first);
  place_.erase(key);
  in_work_.emplace(key, std::nullopt);
  return key;
}

void work_queue::done(const std::string& key) {
  const auto busy = in_work_.find(key);
  if (busy == in_work_.end())
    return;
  const auto again = busy->second;
  in_work_.erase(busy);
  if (again)
    schedule(key, *again);
}

void work_queue::failed(const std::string& key, time now, time delay) {
  auto& count = trouble_[key];
  ++count.failures;
  count.not_before = now + delay;
  add(key, now);
  done(key);
}

unsigned work_queue::failures(const std::string& key) const {
  const auto found = trouble_.find(key);
  return found == trouble_.end() ? 0 : found->second.failures;
}

void work_queue::forget(const std::string& key) {
  trouble_.erase(key);
  if (const auto found = place_.find(key); found != place_.end()) {
    order_.erase({found->second, key});
    place_.erase(found);
  }
  if (const auto busy = in_work_.find(key); busy != in_work_.end())
    busy->second.reset();
}

std::size_t work_queue::waiting(time now) const {
  std::size_t count = 0;
  for (const auto& [at, key] : order_)
    count += at.first <= now || trouble_.contains(key) ? 1 : 0;
  return count;
}

bool work_queue::idle(time now) const {
  return in_work_.empty() && trouble_.empty() &&
         (order_.empty() || order_.begin()->first.first > now + std::chrono::seconds{1});
}

std::optional<work_queue::time> work_queue::next(time now) const {
  if (order_.empty() || in_work_.size() >= most_in_work_)
    return std::nullopt;
  return std::max({order_.begin()->first.first, paused_until_, now});
}

} // namespace acr
