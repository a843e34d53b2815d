/// What the ledger knows of single namespaces, for people.
#pragma once

#include "actors/writer/ledger.hpp"
#include "actors/writer/write_troubles.hpp"
#include "protocol/messages/namespaces.hpp"

namespace acr {

/// Pure. Those that are in scope or leaving it; looks at every namespace.
namespaces_reply views_of(const ledger& book, const write_troubles& troubles,
                          const ask_namespaces& wish);

} // namespace acr
