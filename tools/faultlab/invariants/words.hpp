/// I8 (no leak), and what the helper says of itself: logs.
#pragma once

#include <memory>
#include <string_view>

#include "tools/faultlab/invariants/judge.hpp"

namespace acr::faultlab {

/// Whether a text holds something that only a secret can be: a password, a session's token or
/// secret, a token of the cluster.
bool holds_secret(std::string_view text);

/// I8; I12: a bad configuration is told; and no part of the program dies by itself.
std::unique_ptr<judge> judge_words(bench& on);

} // namespace acr::faultlab
