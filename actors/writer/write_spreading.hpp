/// Spreads writes that are not urgent over time, so that other clients of the API server do not
/// notice them.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace acr {

/// Average interval between two such writes.
inline constexpr std::chrono::milliseconds write_every{200};

/// How long a namespace's write may wait when `namespaces` have one to make, and the present
/// content is valid for `left`: each has a place of its own, the same each time. All are done
/// within `namespaces` times `write_every`, and within a quarter of `left`.
std::chrono::milliseconds turn_of(std::string_view ns, std::size_t namespaces,
                                  std::chrono::milliseconds left);

/// How long a renewal waits for others that are due, where the present content is valid for `left`.
std::chrono::milliseconds round_wait(std::chrono::milliseconds left);

/// And how long for the answer to the last of them.
std::chrono::milliseconds answer_wait(std::chrono::milliseconds left);

} // namespace acr
