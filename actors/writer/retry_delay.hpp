/// How long a write that failed waits for its next try.
#pragma once

#include <chrono>

#include "protocol/failure.hpp"

namespace acr {

/// `before`: how often it has failed in a row already. `chance`: 0 to 1; half of the delay is
/// jitter. Conflicts are tried again soon, for the watch brings the newer object within
/// milliseconds: after 10 ms, four times as long after each up to 50 s; other failures after 500
/// ms, doubled up to 50 s; writes that somebody changes back after 2 s up to two minutes. A
/// Retry-After is obeyed.
std::chrono::milliseconds retry_delay(const failure& reason, unsigned before, double chance);

} // namespace acr
