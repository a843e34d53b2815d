/// Whether this replica leads: what the elector reported last, and for how long it holds.
#pragma once

#include <chrono>
#include <optional>

#include "protocol/messages/leader.hpp"

namespace acr {

/// Pure: times are of the actor system's clock. A lead ends at its time even if the elector that
/// announced it sends nothing more: it may be dead, and its successor without an answer.
class leadership_state {
public:
  using milliseconds = std::chrono::milliseconds;

  enum class change { none, gained, lost };

  /// Without an election there is one replica, which always leads.
  void elect() { elected_ = true; }

  change hear(const leadership& what, milliseconds now);
  /// Ends a lead whose time is over.
  change lapse(milliseconds now) { return hear(said_, now); }

  bool leads() const { return !elected_ || said_.until; }
  /// When to call `lapse`; nothing: this replica does not lead, or always.
  std::optional<milliseconds> until() const { return said_.until; }
  /// As sent to a SecretWriter or an elector that is started later.
  const leadership& current() const { return said_; }

private:
  bool elected_ = false;
  leadership said_;
};

inline leadership_state::change leadership_state::hear(const leadership& what, milliseconds now) {
  const bool before = leads();
  said_ = what.until && *what.until > now ? what : leadership{};
  return before == leads() ? change::none : before ? change::lost : change::gained;
}

} // namespace acr
