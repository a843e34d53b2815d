/// What every actor does with unexpected messages: log them, never print them.
#pragma once

#include <caf/fwd.hpp>

#include "runtime/observability/log.hpp"

namespace acr {

/// Replaces CAF's default handlers, which print whole messages and exceptions to stdout. Every
/// actor calls it first, in `make_behavior`; actors that monitor set their own down handler
/// afterwards.
///
/// - Unexpected message: logged without content; a request is answered `unexpected_message`.
/// - Down message: ignored.
/// - Exit message with a reason: the actor ends with it.
/// - Error message (a request without an error handler): logged, and the actor ends with it.
/// - Exception: the actor ends with `caf::sec::runtime_error`, type and `what()` as its context. It
///   is logged at `failures` (debug or error); the supervisor reports it, and limits repetitions.
///   Exceptions never hold secrets; that is a rule of the project.
void install_actor_defaults(caf::scheduled_actor* self, const logger& log,
                            log_level failures = log_level::debug);

} // namespace acr
