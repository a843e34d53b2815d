/// How far the SecretWriter is, in numbers.
#pragma once

#include <optional>

#include "actors/writer/ledger.hpp"
#include "actors/writer/write_troubles.hpp"
#include "protocol/messages/status.hpp"

namespace acr {

/// All of it but what only the queue knows. Looks at every namespace.
writing_progress progress_of(const ledger& book, const write_troubles& troubles, ledger::times now);

/// An account of the namespace that is, or would be, linked; `default` if it is one.
std::optional<kubernetes::object_meta> account_in(const std::string& ns,
                                                  const namespace_record& record);

} // namespace acr
