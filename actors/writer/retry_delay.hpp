/// What follows from the reason of a failed write: how long it waits before it is retried.
#pragma once

#include <chrono>

#include "protocol/failure.hpp"

namespace acr {

/// `before`: number of failures in a row so far. `chance`: 0 to 1; half of the delay is jitter.
/// Conflicts are retried soon, for the watch brings the newer object within milliseconds: after 10
/// ms, four times as long after each up to 50 s; other failures after 500 ms, doubled up to 50 s;
/// writes that another client reverts after 2 s up to two minutes. A Retry-After is obeyed.
std::chrono::milliseconds retry_delay(const failure& reason, unsigned before, double chance);

/// Whether the API server may have executed a write that failed for this reason.
bool may_have_worked(errc code);

} // namespace acr
