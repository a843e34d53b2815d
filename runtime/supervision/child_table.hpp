/// The children of a supervisor: their groups, their crashes, and which are still stopping.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/actor_control_block.hpp>

#include "runtime/supervision/restart_policy.hpp"

namespace acr {

/// How a child is kept running, and how it is stopped.
struct child_spec {
  restart_limits restarts;
  /// A child that is still running this long after it was asked to stop is blocked: the parent
  /// ends.
  std::chrono::milliseconds stop_timeout = std::chrono::seconds{2};
};

/// Pure: it sends nothing and has no clock. Children of one group are stopped and started together.
class child_table {
public:
  using ms = std::chrono::milliseconds;
  using spec_of = std::function<const child_spec&(const std::string& group)>;

  explicit child_table(spec_of specs) : specs_{std::move(specs)} {}

  void add(caf::strong_actor_ptr who, const std::string& group, ms now);

  /// The children of the group, the last one started first. They count as stopping from now on, and
  /// a pending restart of the group is cancelled.
  std::vector<caf::strong_actor_ptr> stop(const std::string& group, ms now);

  /// All children, the last one started first; cancels every pending restart: also those of groups
  /// without a running child.
  std::vector<caf::strong_actor_ptr> stop_all(ms now);

  /// The group of a child that crashed. Nothing: it was asked to stop, or is not a child.
  std::optional<std::string> gone(const caf::actor_addr& who);

  /// A group's delay until its restart after a crash; nothing: there were too many.
  std::optional<ms> died(const std::string& group, ms now, double jitter);
  unsigned deaths_in_a_row(const std::string& group) const;

  /// Resets its crash count: its meaning has changed, or it is no longer wanted.
  void forgive(const std::string& group) { records_.erase(group); }

  /// Changes when the group is stopped: a restart that was armed under another one is cancelled.
  std::uint64_t generation(const std::string& group) const;

  /// How long until a stopping child is late; nothing if none is stopping.
  std::optional<ms> until_late(ms now) const;
  /// A group with a child that is late to stop.
  std::optional<std::string> late(ms now) const;

private:
  struct child {
    caf::strong_actor_ptr who;
    std::string group;
  };
  struct stopping_child {
    caf::actor_addr who; ///< Weak: it must be able to end.
    std::string group;
    ms late_at;
  };

  restart_record& record(const std::string& group);
  void stopping(const child& which, ms now);

  spec_of specs_;
  std::vector<child> children_; ///< In the order of starting.
  std::vector<stopping_child> stopping_;
  std::map<std::string, restart_record> records_;    ///< By group.
  std::map<std::string, std::uint64_t> generations_; ///< By group.
};

} // namespace acr
