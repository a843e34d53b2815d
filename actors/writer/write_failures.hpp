/// Which objects cannot be written, and why: reported by cause, not by object.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/writer/object_key.hpp"
#include "protocol/failure.hpp"

namespace acr {

/// Pure. The first object of a cause is reported at once; further ones are collected and reported
/// together, at most every ten seconds. A reported failure is not reported again until the object
/// has recovered.
class write_failures {
public:
  using ms = std::chrono::milliseconds;
  static constexpr ms report_every = std::chrono::seconds{10};
  static constexpr std::size_t most_examples = 3;

  /// A report that is due.
  struct report {
    failure reason;                   ///< Of the object that failed last.
    std::size_t objects = 0;          ///< Objects that currently fail for this cause.
    std::size_t namespaces = 0;       ///< Their namespaces.
    std::vector<object_key> examples; ///< Those not reported yet.
  };

  /// The last write of `key` has failed.
  void failed(const object_key& key, const failure& reason, ms now);
  /// The object works, or is of no interest any more. Returns in how many namespaces objects had
  /// failed, if this was the last failing one and any had been reported.
  std::optional<std::size_t> over(const object_key& key);
  std::optional<std::size_t> over_in(const std::string& ns);

  /// The reports that are due.
  std::vector<report> take(ms now);
  /// When to call `take` again; nothing: only a failure can change that.
  std::optional<ms> next() const;

  /// Number of namespaces in which an object fails.
  std::size_t namespaces() const;
  bool failing(const object_key& key) const { return by_object_.contains(key); }
  bool failing_in(const std::string& ns) const { return reason_in(ns) != nullptr; }
  /// Why the last write of some object there failed; nothing: none did.
  const failure* reason_in(const std::string& ns) const;
  /// Since when the longest-failing object fails.
  std::optional<ms> since() const;

private:
  struct cause {
    failure reason;
    std::set<object_key> objects;
    std::vector<object_key> unreported;
    std::optional<ms> reported_at;
  };
  struct entry {
    std::string cause;
    ms since{};
    failure reason;
  };

  void leave(const object_key& key, const std::string& which);

  std::map<std::string, cause> causes_;
  std::map<object_key, entry> by_object_;
  std::set<object_key> reported_; ///< Since the last time without failures.
};

} // namespace acr
