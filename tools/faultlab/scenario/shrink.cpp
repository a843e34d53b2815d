#include "tools/faultlab/scenario/shrink.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;

class shrinker {
public:
  shrinker(scenario from, const std::function<bool(const scenario&)>& fails, int budget)
      : best_{std::move(from)}, fails_{fails}, left_{budget} {}

  scenario run() {
    // Halves first, then quarters, ... (delta debugging, without the complements).
    for (auto size = std::max<std::size_t>(1, best_.timeline.size() / 2);; size /= 2) {
      for (std::size_t at = 0; at < best_.timeline.size();)
        if (!without(at, size))
          at += size;
      if (size <= 1)
        break;
    }
    simplify_world();
    simplify_times();
    return best_;
  }

private:
  bool attempt(const scenario& candidate) {
    if (left_ <= 0 || candidate == best_)
      return false;
    --left_;
    if (!fails_(candidate))
      return false;
    best_ = candidate;
    return true;
  }

  bool without(std::size_t at, std::size_t size) {
    auto candidate = best_;
    const auto first = candidate.timeline.begin() + static_cast<std::ptrdiff_t>(at);
    const auto left = candidate.timeline.size() - at;
    candidate.timeline.erase(first, first + static_cast<std::ptrdiff_t>(std::min(size, left)));
    return attempt(candidate);
  }

  template <class Change>
  bool with(Change change) {
    auto candidate = best_;
    change(candidate);
    return attempt(candidate);
  }

  void simplify_world() {
    while (best_.world.instances > 1 && with([](scenario& s) { --s.world.instances; }))
      ;
    while (best_.world.namespaces > 1 && with([](scenario& s) { --s.world.namespaces; }))
      ;
    with([](scenario& s) { s.world.identity = "key"; });
    with([](scenario& s) { s.world.scope = "all"; });
    with([](scenario& s) { s.world.accounts = "default"; });
    with([](scenario& s) { s.world.names_domains = true; });
    with([](scenario& s) { s.world.delay_most = 20ms; });
  }

  void simplify_times() {
    // Everything earlier by whole hours: credentials are valid for an hour.
    while (!best_.timeline.empty() && best_.timeline.front().at > 2h && with([](scenario& s) {
      for (auto& item : s.timeline)
        item.at -= 1h;
      s.lasts -= 1h;
    }))
      ;
    while (best_.lasts > 2h && with([](scenario& s) { s.lasts -= 1h; }))
      ;
    for (std::size_t i = 0; i < best_.timeline.size(); ++i)
      while (best_.timeline[i].lasts > 2s && with([i](scenario& s) {
               s.timeline[i].lasts =
                   std::chrono::floor<std::chrono::seconds>(s.timeline[i].lasts / 2);
             }))
        ;
  }

  scenario best_;
  const std::function<bool(const scenario&)>& fails_;
  int left_;
};

} // namespace

scenario shrink(scenario from, const std::function<bool(const scenario&)>& fails, int budget) {
  return shrinker{std::move(from), fails, budget}.run();
}

} // namespace acr::faultlab
