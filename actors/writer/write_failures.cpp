#include "actors/writer/write_failures.hpp"

#include <algorithm>
#include <utility>

namespace acr {

namespace {

/// Equal for failures of one cause: without the object, which the last word of a step names.
std::string cause_of(const failure& reason) {
  if (reason.code == errc::overruled) // at once or a moment later
    return to_string(reason.code);
  auto key = reason.step.substr(0, reason.step.rfind(' '));
  key.append("/").append(to_string(reason.code));
  key.append("/").append(reason.service_code);
  return key;
}

std::size_t namespaces_of(const std::set<object_key>& objects) {
  std::size_t count = 0;
  const std::string* last = nullptr;
  for (const auto& key : objects) // in the order of namespaces
    if (!last || *last != key.ns) {
      ++count;
      last = &key.ns;
    }
  return count;
}

} // namespace

void write_failures::failed(const object_key& key, const failure& reason, ms now) {
  const auto cause_name = cause_of(reason);
  auto& place = by_object_.try_emplace(key, entry{{}, now, {}}).first->second;
  place.reason = reason;
  auto& why = causes_[cause_name];
  why.reason = reason;
  if (place.cause == cause_name)
    return;
  leave(key, place.cause);
  place.cause = cause_name;
  why.objects.insert(key);
  why.unreported.push_back(key);
}

void write_failures::leave(const object_key& key, const std::string& which) {
  const auto found = causes_.find(which);
  if (found == causes_.end())
    return;
  found->second.objects.erase(key);
  std::erase(found->second.unreported, key);
}

std::optional<std::size_t> write_failures::over(const object_key& key) {
  const auto found = by_object_.find(key);
  if (found == by_object_.end())
    return std::nullopt;
  leave(key, found->second.cause);
  by_object_.erase(found);
  if (!by_object_.empty() || reported_.empty())
    return std::nullopt;
  return namespaces_of(std::exchange(reported_, {}));
}

std::optional<std::size_t> write_failures::over_in(const std::string& ns) {
  std::vector<object_key> gone;
  for (auto at = by_object_.lower_bound(namespace_key(ns));
       at != by_object_.end() && at->first.ns == ns; ++at)
    gone.push_back(at->first);
  std::optional<std::size_t> last;
  for (const auto& key : gone)
    last = over(key);
  return last;
}

std::vector<write_failures::report> write_failures::take(ms now) {
  std::vector<report> due;
  for (auto& [name, why] : causes_) {
    if (why.unreported.empty() || (why.reported_at && now - *why.reported_at < report_every))
      continue;
    why.reported_at = now;
    reported_.insert(why.unreported.begin(), why.unreported.end());
    why.unreported.resize(std::min(why.unreported.size(), most_examples));
    due.push_back({why.reason, why.objects.size(), namespaces_of(why.objects),
                   std::exchange(why.unreported, {})});
  }
  // What was reported long enough ago and is over may be reported at once when it recurs.
  std::erase_if(causes_, [now](const auto& item) {
    return item.second.objects.empty() &&
           (!item.second.reported_at || now - *item.second.reported_at >= report_every);
  });
  return due;
}

std::optional<write_failures::ms> write_failures::next() const {
  std::optional<ms> first;
  for (const auto& [name, why] : causes_)
    if (!why.unreported.empty()) {
      const auto then = why.reported_at ? *why.reported_at + report_every : ms{0};
      first = std::min(first.value_or(then), then);
    }
  return first;
}

std::size_t write_failures::namespaces() const {
  std::size_t count = 0;
  const std::string* last = nullptr;
  for (const auto& [key, place] : by_object_)
    if (!last || *last != key.ns) {
      ++count;
      last = &key.ns;
    }
  return count;
}

const failure* write_failures::reason_in(const std::string& ns) const {
  const auto found = by_object_.lower_bound(namespace_key(ns));
  return found == by_object_.end() || found->first.ns != ns ? nullptr : &found->second.reason;
}

std::optional<write_failures::ms> write_failures::since() const {
  std::optional<ms> first;
  for (const auto& [key, place] : by_object_)
    first = std::min(first.value_or(place.since), place.since);
  return first;
}

} // namespace acr
