/// Which object to work on next: keyed, deduplicated, bounded, fair between namespaces, with
/// priorities, and with a backoff and a rate limit per object.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "actors/writer/object_key.hpp"
#include "actors/writer/reconciler.hpp"
#include "actors/writer/write_limit.hpp"

namespace acr {

/// Like client-go's workqueue, plus priorities and turns between namespaces. An object that is
/// being worked on is never handed out a second time; of two times for one object the earlier
/// counts. Failing objects come after the others and get a third of the places at most, so that
/// hanging requests hold up nothing else. Times are monotonic. Pure: no clock.
class workqueue {
public:
  using time = std::chrono::milliseconds;

  explicit workqueue(std::size_t most_in_work)
      : most_in_work_{most_in_work}, most_retries_{most_in_work < 3 ? 1 : most_in_work / 3} {}

  /// Work on `key` at `when` (if it is being worked on: again after that).
  void add(const object_key& key, write_priority priority, time when, time now);
  /// A due key, marked as being worked on; nothing if none is due or enough are.
  std::optional<object_key> take(time now);
  /// The work on `key` is done; a time that was added meanwhile counts from now on.
  void done(const object_key& key, time now);
  /// The work on `key` has failed: no retry before `delay` from `now`, whatever else is added.
  /// `may_have_worked`: no answer shows that the object was not written.
  void failed(const object_key& key, time now, time delay, bool may_have_worked = false);
  /// How often in a row `key` has failed.
  unsigned failures(const object_key& key) const;
  /// It worked: the count of failures starts again.
  void succeeded(const object_key& key) { failing_.erase(key); }
  /// It is as desired: the count of failures starts again. A failed attempt that may have worked
  /// has worked, and counts as a write.
  void settled(const object_key& key, time now);
  /// Other work is to be done in this namespace than what has failed: retries wait no longer.
  void start_again(const std::string& ns);
  /// There is nothing to do for this object now. Its failure count stays until it succeeds.
  void drop(const object_key& key);
  /// The object, or the whole namespace, does not exist any more.
  void forget(const object_key& key);
  void forget_namespace(const std::string& ns);
  /// Hands out nothing before `until`.
  void pause(time until) { paused_until_ = std::max(paused_until_, until); }

  // The rate limit on successful writes of one object.
  /// When it may be written again for a limited reason.
  time allowed_at(const object_key& key, time now);
  void written(const object_key& key, time now);
  /// Its limit is reached, or was a moment ago: another client reverts our writes.
  bool contested(const object_key& key, time now);
  /// When that ends, if nothing more happens.
  time uncontested_at(const object_key& key) const;

  /// When to call `take` again: nothing if only `done` or `add` can change something.
  std::optional<time> next(time now) const;
  std::size_t in_work() const { return in_work_.size(); }
  /// Number of objects that are due, or have failed. Scheduled checks do not count.
  std::size_t waiting(time now) const;
  /// All is done, and nothing is due for a second.
  bool idle(time now) const;

private:
  struct place {
    time at{};
    std::uint64_t sequence = 0;
    write_priority priority = write_priority::rest;
    bool ready = false; ///< In a lane; else in `delayed_`.
  };
  struct failing {
    unsigned failures = 0;
    time not_before{};
    bool may_have_worked = false;
  };
  struct busy {
    std::optional<time> again{};
    write_priority priority = write_priority::rest;
    bool retry = false;
  };
  /// Due objects of one priority, by namespace; each namespace has its turn. Entries that were
  /// moved elsewhere stay until their turn, and are skipped by their number.
  struct lane {
    struct waiting_object {
      std::uint64_t sequence;
      object_key key;
    };
    std::unordered_map<std::string, std::list<waiting_object>> by_namespace;
    std::deque<std::string> turns;

    void push(const object_key& key, std::uint64_t sequence);
  };

  void schedule(const object_key& key, write_priority priority, time when, time now);
  void enter(const object_key& key, place& at);
  void remove(const object_key& key);
  void make_due_ready(time now);
  std::optional<object_key> take_from(lane& from);

  static constexpr std::size_t priorities = 4;
  std::size_t most_in_work_;
  std::size_t most_retries_;
  std::size_t retries_ = 0; ///< Being worked on.
  std::unordered_map<object_key, place> places_;
  std::set<std::pair<std::pair<time, std::uint64_t>, object_key>> delayed_; ///< Earliest first.
  std::array<lane, priorities> lanes_;
  lane retry_lane_;
  std::unordered_map<object_key, busy> in_work_;
  std::unordered_map<object_key, failing> failing_;
  std::unordered_map<object_key, write_limit> limits_;
  std::uint64_t sequence_ = 0; ///< Same time: first in, first out.
  std::size_t ready_ = 0;
  time paused_until_ = time::min();
};

} // namespace acr
