#include "tools/faultlab/network/exchanges.hpp"

#include <iterator>

#include <caf/local_actor.hpp>

namespace acr::faultlab {

exchange& exchanges::add(std::uint64_t id, exchange what) {
  watch(what.peer);
  if (what.stream)
    by_name_[{what.peer.id(), what.name}] = id;
  return open_.emplace(id, std::move(what)).first->second;
}

exchange* exchanges::find(std::uint64_t id) {
  const auto found = open_.find(id);
  return found == open_.end() ? nullptr : &found->second;
}

std::optional<std::uint64_t> exchanges::find(const caf::actor_addr& reader, stream_id name) const {
  const auto found = by_name_.find({reader.id(), name});
  return found == by_name_.end() ? std::nullopt : std::optional{found->second};
}

void exchanges::forget(std::uint64_t id) {
  const auto found = open_.find(id);
  if (found == open_.end())
    return;
  const auto ended = std::move(found->second);
  open_.erase(found);
  if (ended.stream)
    by_name_.erase({ended.peer.id(), ended.name});
  unwatch(ended.peer);
}

std::vector<std::pair<std::uint64_t, exchange>>
exchanges::take_all_of(const caf::actor_addr& peer) {
  std::vector<std::pair<std::uint64_t, exchange>> taken;
  peers_.erase(peer.id());
  for (auto item = open_.begin(); item != open_.end();) {
    const auto next = std::next(item);
    if (item->second.peer == peer) {
      if (item->second.stream)
        by_name_.erase({peer.id(), item->second.name});
      taken.emplace_back(item->first, std::move(item->second));
      open_.erase(item);
    }
    item = next;
  }
  return taken;
}

void exchanges::watch(const caf::actor_addr& peer) {
  if (peer && ++peers_[peer.id()] == 1)
    self_->monitor(peer);
}

void exchanges::unwatch(const caf::actor_addr& peer) {
  const auto found = peer ? peers_.find(peer.id()) : peers_.end();
  if (found == peers_.end() || --found->second > 0)
    return;
  peers_.erase(found);
  self_->demonitor(peer);
}

} // namespace acr::faultlab
