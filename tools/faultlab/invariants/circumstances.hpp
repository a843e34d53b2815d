/// What is wrong when, as far as it is nobody's fault but the lab's: the measure of what may be
/// expected of the helper.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tools/faultlab/scenario/scenario.hpp"

namespace acr::faultlab {

/// A span in which something is not as it should be, its after-effects included.
struct disturbance {
  enum class part { cloud, api, helper, people, wishes };
  part of = part::cloud;
  int instance = -1; ///< Only this one; -1: all.
  std::string ns;    ///< Only this namespace; empty: all.
  std::chrono::milliseconds from{};
  std::chrono::milliseconds until{};
};

/// Which parts have to be well.
struct demand {
  bool cloud = true;
  bool api = true;
  bool people = true;
  bool wishes = true; ///< There is a configuration to go by.
  int instance = -1;
  std::string ns; ///< Empty: whatever people do to single namespaces does not matter.
};

/// Pure: all is known from the timeline.
class circumstances {
public:
  using ms = std::chrono::milliseconds;

  explicit circumstances(const scenario& about);

  /// Since when all that is demanded is well; nothing is, if the answer is later than `now`.
  ms calm_since(ms now, const demand& of) const;
  bool calm(ms now, const demand& of, ms span = settled) const {
    return calm_since(now, of) + span <= now;
  }
  /// Whether there is a calm span of that length within [from, until].
  bool calm_within(ms from, ms until, const demand& of, ms span) const;

  const std::vector<disturbance>& all() const { return list_; }

  /// What I7 grants: the time from the end of the faults until all is as it should be.
  static constexpr ms settled = std::chrono::seconds{60};

private:
  static bool counts(const disturbance& item, const demand& of);

  std::vector<disturbance> list_; ///< By their beginning.
  ms longest_{};
};

} // namespace acr::faultlab
