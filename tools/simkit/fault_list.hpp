/// The faults that a test has requested: which one applies next, and how many hits are left.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace acr::simkit {

/// `Fault` has `id`, `hits` and `times_left` (nothing: without end).
template <class Fault>
class fault_list {
public:
  /// Returns its number.
  std::uint64_t add(Fault item) {
    item.id = next_id_++;
    list_.push_back(std::move(item));
    return list_.back().id;
  }
  /// False if there is none of that number.
  bool remove(std::uint64_t id) {
    return std::erase_if(list_, [&](const Fault& item) { return item.id == id; }) > 0;
  }
  void clear() { list_.clear(); }

protected:
  const std::vector<Fault>& all() const { return list_; }

  /// The first one that `fits`, counted as a hit; it is removed after its last hit.
  template <class Predicate>
  std::optional<Fault> first(Predicate fits) {
    const auto found = std::find_if(list_.begin(), list_.end(), fits);
    if (found == list_.end())
      return std::nullopt;
    ++found->hits;
    auto out = *found;
    if (found->times_left && --*found->times_left == 0)
      list_.erase(found);
    return out;
  }

private:
  std::vector<Fault> list_;
  std::uint64_t next_id_ = 1;
};

} // namespace acr::simkit
