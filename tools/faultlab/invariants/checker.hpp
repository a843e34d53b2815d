/// The base of all invariant checkers, and how they report violations.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tools/faultlab/invariants/actual_state.hpp"
#include "tools/faultlab/invariants/fault_windows.hpp"
#include "tools/faultlab/stage/stage.hpp"

namespace acr::faultlab {

struct violation {
  std::chrono::milliseconds at{};
  std::string invariant; ///< "I4"
  std::string what;
};

/// State shared by the checkers of one run. `world` is set before the first message is sent.
struct bench {
  const scenario& about;
  actual_state& held;
  const fault_windows& calm;
  stage* world = nullptr;
  std::vector<violation> found{};
  /// Called for each attempt of a Pod to pull, if set.
  std::function<void(int instance, const std::string& ns, bool worked)> on_pull{};

  // One error may show at every step: enough to identify it.
  static constexpr std::ptrdiff_t most_of_a_kind = 6;

  void complain(std::string invariant, std::string what) {
    if (std::count_if(found.begin(), found.end(), [&](const violation& one) {
          return one.invariant == invariant;
        }) < most_of_a_kind)
      found.push_back({world->time().elapsed(), std::move(invariant), std::move(what)});
  }
  std::chrono::milliseconds elapsed() const { return world->time().elapsed(); }
  bool in_scope(const std::string& ns, const held_space& space) const {
    return !space.terminating && serves(about.world, world->wanted(), ns, space);
  }
  bool links_in(const held_space& space, const std::string& account) const {
    return links(world->wanted(), space, account);
  }
};

class checker : public witness {
public:
  explicit checker(bench& on) : on_{on} {}
  /// The world exists now; timers may be set.
  virtual void begin() {}
  /// The run is over.
  virtual void end() {}

protected:
  bench& on_;
};

std::string text_at(const boost::json::object& from, std::string_view parent, std::string_view key);

} // namespace acr::faultlab
