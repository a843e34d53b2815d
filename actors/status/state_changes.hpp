/// Selects the facts worth a line under "what happened last", and words them.
#pragma once

#include <optional>

#include "protocol/messages/status.hpp"

namespace acr {

/// How many are kept.
inline constexpr std::size_t most_state_changes = 20;

/// Pure. Only changes: neither a successful renewal nor the second failure in a row is one.
/// `before` is the state without `what`.
std::optional<state_change> state_change_of(const fact& what, const helper_status& before,
                                            wall_time now);

/// Adds it in front, unless it equals the last change of its subject.
void remember(std::vector<state_change>& all, state_change one);

} // namespace acr
