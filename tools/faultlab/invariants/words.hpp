/// I8 (no leak), and the helper's logs.
#pragma once

#include <memory>
#include <string_view>

#include "tools/faultlab/invariants/checker.hpp"

namespace acr::faultlab {

/// Whether a text contains something that can only be a secret: a password, a session's token or
/// secret, a token of the cluster.
bool holds_secret(std::string_view text);

/// I8; I12: a bad configuration is reported; and no component crashes by itself.
std::unique_ptr<checker> check_words(bench& on);

} // namespace acr::faultlab
