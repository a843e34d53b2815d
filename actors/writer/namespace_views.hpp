/// Views of single namespaces, for operators.
#pragma once

#include "actors/writer/observed_state.hpp"
#include "actors/writer/write_failures.hpp"
#include "protocol/messages/namespaces.hpp"

namespace acr {

/// Pure. Those in scope or leaving it; scans every namespace.
namespaces_reply views_of(const observed_state& observed, const write_failures& failures,
                          const ask_namespaces& question);

} // namespace acr
