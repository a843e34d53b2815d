#include "runtime/serving/connection_book.hpp"

namespace acr {

std::optional<connection_book::id> connection_book::oldest_of(const std::string& peer) const {
  for (const auto which : waiting_)
    if (known_.at(which).peer == peer)
      return which;
  return std::nullopt;
}

connection_book::verdict connection_book::admit(id which, const std::string& peer) {
  verdict out;
  const auto count = of_peer_.find(peer);
  if (count != of_peer_.end() && count->second >= most_.of_one_peer)
    out.ended = oldest_of(peer);
  else if (known_.size() >= most_.all)
    out.ended = waiting_.empty() ? std::nullopt : std::optional{waiting_.front()};
  else
    out.accepted = true;
  if (out.ended) {
    gone(*out.ended);
    out.accepted = true;
  }
  if (!out.accepted)
    return out;
  known_[which] = {peer, waiting_.insert(waiting_.end(), which)};
  ++of_peer_[peer];
  return out;
}

std::optional<connection_book::id> connection_book::oldest_but(id other) const {
  for (const auto which : waiting_)
    if (which != other)
      return which;
  return std::nullopt;
}

void connection_book::at_work(id which) {
  const auto found = known_.find(which);
  if (found == known_.end() || !found->second.place)
    return;
  waiting_.erase(*found->second.place);
  found->second.place.reset();
}

void connection_book::waited_for(id which) {
  const auto found = known_.find(which);
  if (found != known_.end() && !found->second.place)
    found->second.place = waiting_.insert(waiting_.end(), which);
}

void connection_book::gone(id which) {
  const auto found = known_.find(which);
  if (found == known_.end())
    return;
  at_work(which);
  if (const auto count = of_peer_.find(found->second.peer); --count->second == 0)
    of_peer_.erase(count);
  known_.erase(found);
}

} // namespace acr
