#include "tools/faultlab/stage/clockwork.hpp"

#include <algorithm>
#include <utility>

namespace acr::faultlab {

using std::chrono::milliseconds;

machine& clockwork::add_machine() {
  auto& made = *machines_.emplace_back(std::make_unique<machine>());
  made.advance(elapsed());
  return made;
}

milliseconds clockwork::elapsed() const {
  milliseconds latest{0};
  for (const auto& one : machines_)
    latest = std::max(latest, one->elapsed());
  return latest;
}

void clockwork::at(milliseconds elapsed, std::function<void()> what) {
  agenda_.emplace(elapsed, std::move(what));
}

void clockwork::advance(milliseconds to) {
  for (const auto& one : machines_)
    one->advance(to);
}

void clockwork::drain() {
  // The action of one program may concern another.
  for (bool any = true; any;) {
    any = false;
    for (const auto& one : machines_) {
      one->advance(elapsed()); // a stall of another one took time
      any = one->deliver() || any;
    }
  }
}

machine* clockwork::first_to_fire() const {
  machine* first = nullptr;
  for (const auto& one : machines_)
    if (const auto then = one->next_timer(); then && (!first || *then < *first->next_timer()))
      first = one.get();
  return first;
}

void clockwork::run_until(milliseconds until) {
  drain();
  for (;;) {
    const auto own = agenda_.empty() ? until : std::min(until, agenda_.begin()->first);
    auto* const next = first_to_fire();
    if (next && *next->next_timer() < own) {
      advance(std::max(*next->next_timer(), elapsed()));
      next->fire();
    } else if (!agenda_.empty() && agenda_.begin()->first <= until) {
      advance(own);
      const auto what = std::move(agenda_.extract(agenda_.begin()).mapped());
      what();
    } else {
      advance(until);
      return;
    }
    ++steps_;
    drain();
  }
}

} // namespace acr::faultlab
