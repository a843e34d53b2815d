/// What the ledger knows of single namespaces, for people.
#pragma once

#include "actors/writer/observed_state.hpp"
#include "actors/writer/write_failures.hpp"
#include "protocol/messages/namespaces.hpp"

namespace acr {

/// Pure. Those that are in scope or leaving it; looks at every namespace.
namespaces_reply views_of(const observed_state& observed, const write_failures& failures,
                          const ask_namespaces& question);

} // namespace acr
