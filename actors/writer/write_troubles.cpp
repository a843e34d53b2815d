#include "actors/writer/write_troubles.hpp"

#include <algorithm>
#include <utility>

namespace acr {

namespace {

/// Equal for the same thing going wrong the same way: the last word of a step names the object.
std::string key_of(const failure& reason) {
  auto key = reason.step.substr(0, reason.step.rfind(' '));
  key.append("/").append(to_string(reason.code));
  key.append("/").append(reason.service_code);
  return key;
}

} // namespace

void write_troubles::failed(const std::string& ns, const failure& reason, ms now) {
  const auto key = key_of(reason);
  auto& place = by_namespace_.try_emplace(ns, entry{{}, now, {}}).first->second;
  place.reason = reason;
  auto& why = causes_[key];
  why.reason = reason;
  if (place.cause == key)
    return;
  leave(ns, place.cause);
  place.cause = key;
  why.namespaces.insert(ns);
  why.untold.push_back(ns);
}

void write_troubles::leave(const std::string& ns, const std::string& which) {
  const auto found = causes_.find(which);
  if (found == causes_.end())
    return;
  found->second.namespaces.erase(ns);
  std::erase(found->second.untold, ns);
}

std::optional<std::size_t> write_troubles::over(const std::string& ns) {
  const auto found = by_namespace_.find(ns);
  if (found == by_namespace_.end())
    return std::nullopt;
  leave(ns, found->second.cause);
  by_namespace_.erase(found);
  if (!by_namespace_.empty() || told_.empty())
    return std::nullopt;
  return std::exchange(told_, {}).size();
}

std::vector<write_troubles::telling> write_troubles::take(ms now) {
  std::vector<telling> due;
  for (auto& [key, why] : causes_) {
    if (why.untold.empty() || (why.told_at && now - *why.told_at < told_every))
      continue;
    why.told_at = now;
    told_.insert(why.untold.begin(), why.untold.end());
    why.untold.resize(std::min(why.untold.size(), most_examples));
    due.push_back({why.reason, why.namespaces.size(), std::exchange(why.untold, {})});
  }
  // What is over and was told long enough ago may be told at once when it comes again.
  std::erase_if(causes_, [now](const auto& item) {
    return item.second.namespaces.empty() &&
           (!item.second.told_at || now - *item.second.told_at >= told_every);
  });
  return due;
}

std::optional<write_troubles::ms> write_troubles::next() const {
  std::optional<ms> first;
  for (const auto& [key, why] : causes_)
    if (!why.untold.empty()) {
      const auto then = why.told_at ? *why.told_at + told_every : ms{0};
      first = std::min(first.value_or(then), then);
    }
  return first;
}

const failure* write_troubles::reason(const std::string& ns) const {
  const auto found = by_namespace_.find(ns);
  return found == by_namespace_.end() ? nullptr : &found->second.reason;
}

std::optional<write_troubles::ms> write_troubles::since() const {
  std::optional<ms> first;
  for (const auto& [ns, place] : by_namespace_)
    first = std::min(first.value_or(place.since), place.since);
  return first;
}

} // namespace acr
