/// `acr-credential-helper status`: how a running helper is.
#pragma once

#include <string>

#include "protocol/failure.hpp"
#include "runtime/observability/page_server.hpp"
#include "runtime/shutdown.hpp"

namespace acr::helper {

/// What `status` was asked for.
struct status_options {
  page_address address{"127.0.0.1", 8082}; ///< Where the helper answers `/status`.
  bool json = false;
};

/// What `/status` answered, for people: a few lines, and a table of the instances. Control
/// characters are taken out. Errors: `malformed_answer`.
result<std::string> status_in_words(const std::string& text);

/// Asks the helper, and prints. Exit code `cannot_start`: nobody answers there; `not_ready` is no
/// error of this command.
exit_code show_status(const status_options& options);

} // namespace acr::helper
