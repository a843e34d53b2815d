/// Which key to work on next: keyed, de-duplicated, bounded, with a backoff of each key's own.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace acr {

/// Never hands out a key that is being worked on; of two times for one key the earlier counts.
/// Times are monotonic. Pure: no clock.
class work_queue {
public:
  using time = std::chrono::milliseconds;

  explicit work_queue(std::size_t most_in_work) : most_in_work_{most_in_work} {}

  /// Work on `key` at `when` (if it is in work: again after that).
  void add(const std::string& key, time when);
  /// A key that is due, marked as in work; nothing if none is due or enough are in work.
  std::optional<std::string> take(time now);
  /// The work on `key` is done; a time that was added meanwhile counts from now on.
  void done(const std::string& key);
  /// The work on `key` has failed: again not before `delay` from `now`, whatever else is added.
  void failed(const std::string& key, time now, time delay);
  /// How often in a row `key` has failed.
  unsigned failures(const std::string& key) const;
  /// It worked: the count of failures starts again.
  void succeeded(const std::string& key) { trouble_.erase(key); }
  /// The key is of no interest any more.
  void forget(const std::string& key);
  /// Hands out nothing before `until`.
  void pause(time until) { paused_until_ = std::max(paused_until_, until); }

  /// When to call `take` again: nothing if only `done` or `add` can change something.
  std::optional<time> next(time now) const;
  std::size_t in_work() const { return in_work_.size(); }
  /// Those that are due, or were tried in vain. What is only to be looked at later does not count.
  std::size_t waiting(time now) const;
  /// All is done, and nothing is due for a second.
  bool idle(time now) const;

private:
  struct trouble {
    unsigned failures = 0;
    time not_before{};
  };

  void schedule(const std::string& key, time when);

  std::size_t most_in_work_;
  std::set<std::pair<std::pair<time, std::uint64_t>, std::string>> order_; ///< Earliest first.
  std::unordered_map<std::string, std::pair<time, std::uint64_t>> place_;
  std::unordered_map<std::string, std::optional<time>> in_work_; ///< With what was added since.
  std::unordered_map<std::string, trouble> trouble_;
  std::uint64_t sequence_ = 0; ///< Same time: first come, first served.
  time paused_until_ = time::min();
};

} // namespace acr
