/// Which facts are worth a line under "what happened last", and in which words.
#pragma once

#include <optional>

#include "protocol/messages/status.hpp"

namespace acr {

/// So many are kept.
inline constexpr std::size_t most_state_changes = 20;

/// Pure. Only changes: neither a renewal that went well nor the second failure in a row is one.
/// `before` is the state that `what` has not been added to yet.
std::optional<state_change> state_change_of(const fact& what, const helper_status& before,
                                            wall_time now);

/// Puts it first; what is the same as the last of its subject is not told again.
void remember(std::vector<state_change>& all, state_change one);

} // namespace acr
