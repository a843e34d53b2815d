#include "runtime/supervision/child_table.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>

namespace acr {

void child_table::add(caf::strong_actor_ptr who, const std::string& group, ms now) {
  children_.push_back({std::move(who), group});
  record(group).started(now);
  generations_.try_emplace(group);
}

std::vector<caf::strong_actor_ptr> child_table::stop(const std::string& group, ms now) {
  std::vector<caf::strong_actor_ptr> ending;
  // NOLINTNEXTLINE(modernize-loop-convert): clang 14 cannot compile libstdc++'s reverse views
  for (auto it = children_.rbegin(); it != children_.rend(); ++it)
    if (it->group == group) {
      ending.push_back(it->who);
      stopping(*it, now);
    }
  std::erase_if(children_, [&](const child& c) { return c.group == group; });
  ++generations_[group];
  return ending;
}

std::vector<caf::strong_actor_ptr> child_table::stop_all(ms now) {
  std::vector<caf::strong_actor_ptr> ending;
  // NOLINTNEXTLINE(modernize-loop-convert): clang 14 cannot compile libstdc++'s reverse views
  for (auto it = children_.rbegin(); it != children_.rend(); ++it) {
    ending.push_back(it->who);
    stopping(*it, now);
  }
  children_.clear();
  for (auto& [group, generation] : generations_)
    ++generation;
  return ending;
}

void child_table::stopping(const child& which, ms now) {
  stopping_.push_back({which.who->address(), which.group, now + specs_(which.group).stop_timeout});
}

std::optional<std::string> child_table::gone(const caf::actor_addr& who) {
  std::erase_if(stopping_, [&](const stopping_child& c) { return c.who == who; });
  const auto found = std::find_if(children_.begin(), children_.end(),
                                  [&](const child& c) { return c.who->address() == who; });
  if (found == children_.end())
    return std::nullopt;
  auto group = std::move(found->group);
  children_.erase(found);
  return group;
}

std::optional<child_table::ms> child_table::died(const std::string& group, ms now, double jitter) {
  return record(group).died(now, jitter);
}

unsigned child_table::deaths_in_a_row(const std::string& group) const {
  const auto found = records_.find(group);
  return found == records_.end() ? 0 : found->second.deaths();
}

std::uint64_t child_table::generation(const std::string& group) const {
  const auto found = generations_.find(group);
  return found == generations_.end() ? 0 : found->second;
}

std::optional<child_table::ms> child_table::until_late(ms now) const {
  std::optional<ms> next;
  for (const auto& one : stopping_)
    next = std::min(next.value_or(ms::max()), std::max(one.late_at - now, ms::zero()));
  return next;
}

std::optional<std::string> child_table::late(ms now) const {
  const auto found = std::find_if(stopping_.begin(), stopping_.end(),
                                  [&](const stopping_child& c) { return c.late_at <= now; });
  return found == stopping_.end() ? std::nullopt : std::optional{found->group};
}

restart_record& child_table::record(const std::string& group) {
  return records_.try_emplace(group, specs_(group).restarts).first->second;
}

} // namespace acr
