/// Which namespaces cannot be written to, and why: told by cause, not by namespace.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/failure.hpp"

namespace acr {

/// Pure. The first namespace of a cause is told at once; those that follow are gathered and told
/// together, at most every ten seconds. What has been told is not told again until it works again.
class write_troubles {
public:
  using ms = std::chrono::milliseconds;
  static constexpr ms told_every = std::chrono::seconds{10};
  static constexpr std::size_t most_examples = 3;

  /// To be told.
  struct telling {
    failure reason;                    ///< Of the namespace that failed last.
    std::size_t namespaces = 0;        ///< In which it fails at present.
    std::vector<std::string> examples; ///< Of those that were not told yet.
  };

  /// The last write in `ns` has failed.
  void failed(const std::string& ns, const failure& reason, ms now);
  /// It works, or the namespace is of no interest any more. Returns in how many namespaces it had
  /// failed, if this was the last one of all and any had been told.
  std::optional<std::size_t> over(const std::string& ns);

  /// What is to be told by now.
  std::vector<telling> take(ms now);
  /// When to call `take` again; nothing: only a failure can change that.
  std::optional<ms> next() const;

  std::size_t failing() const { return by_namespace_.size(); }
  bool failing(const std::string& ns) const { return by_namespace_.contains(ns); }
  /// Why the last write there failed; nothing: it did not.
  const failure* reason(const std::string& ns) const;
  /// Since when the namespace fails that has failed longest.
  std::optional<ms> since() const;

private:
  struct cause {
    failure reason;
    std::set<std::string> namespaces;
    std::vector<std::string> untold;
    std::optional<ms> told_at;
  };
  struct entry {
    std::string cause;
    ms since{};
    failure reason;
  };

  void leave(const std::string& ns, const std::string& which);

  std::map<std::string, cause> causes_;
  std::map<std::string, entry> by_namespace_;
  std::set<std::string> told_; ///< Since all was well last.
};

} // namespace acr
