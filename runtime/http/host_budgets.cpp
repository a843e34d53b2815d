#include "runtime/http/host_budgets.hpp"

#include <algorithm>
#include <utility>

namespace acr {

budget_limits fit_into(budget_limits wanted, std::size_t open_files) {
  constexpr std::size_t others = 64;
  const auto usable = open_files - std::min(others, open_files / 2);
  const auto exchanges = std::max<std::size_t>(usable / 4, 1);
  wanted.exchanges = std::min(wanted.exchanges, exchanges);
  wanted.streams_alone =
      std::min(wanted.streams_alone, std::max<std::size_t>(usable - wanted.exchanges, 1));
  return wanted;
}

host_budgets::verdict host_budgets::ask(transfer_id id, const std::string& name, kind what) {
  auto& where = hosts_[name];
  if (what == kind::stream && where.streams + where.waiting_streams.size() >= limits_.streams)
    return verdict::refuse;
  auto& fresh = entries_.insert_or_assign(id, entry{&where, what, phase::waiting}).first->second;
  auto& queue = what == kind::exchange ? where.waiting_exchanges : where.waiting_streams;
  if (queue.empty() && may_begin(where, what)) {
    begin(fresh);
    return verdict::begin;
  }
  queue.push_back(id);
  return verdict::wait;
}

void host_budgets::opened(transfer_id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.now != phase::opening)
    return;
  found->second.now = phase::running;
  --found->second.where->opening;
  let_in(*found->second.where, kind::stream);
}

void host_budgets::end(transfer_id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end())
    return;
  const auto [where, what, now] = found->second;
  entries_.erase(found);
  if (now == phase::waiting) {
    std::erase(what == kind::exchange ? where->waiting_exchanges : where->waiting_streams, id);
    return;
  }
  if (what == kind::exchange) {
    --where->exchanges;
  } else {
    --where->streams;
    where->opening -= now == phase::opening ? 1 : 0;
  }
  std::erase(ready_, id);
  let_in(*where, what);
}

void host_budgets::multiplexes(const std::string& name) {
  auto& where = hosts_[name];
  where.multiplexes = true;
  let_in(where, kind::stream);
}

std::vector<transfer_id> host_budgets::take_ready() { return std::exchange(ready_, {}); }

std::size_t host_budgets::under_way(const std::string& name, kind what) const {
  const auto found = hosts_.find(name);
  if (found == hosts_.end())
    return 0;
  return what == kind::exchange ? found->second.exchanges : found->second.streams;
}

bool host_budgets::may_begin(const host& where, kind what) const {
  if (what == kind::exchange)
    return where.exchanges < limits_.exchanges;
  return where.opening < limits_.opening &&
         (where.multiplexes || where.streams < limits_.streams_alone);
}

void host_budgets::begin(entry& of) {
  const bool stream = of.what == kind::stream;
  of.now = stream ? phase::opening : phase::running;
  ++(stream ? of.where->streams : of.where->exchanges);
  of.where->opening += stream ? 1 : 0;
}

void host_budgets::let_in(host& where, kind what) {
  auto& queue = what == kind::exchange ? where.waiting_exchanges : where.waiting_streams;
  while (!queue.empty() && may_begin(where, what)) {
    const auto id = queue.front();
    queue.pop_front();
    begin(entries_.at(id));
    ready_.push_back(id);
  }
}

} // namespace acr
