/// The admission webhook of a running helper: its server, and the state shared with the actors.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "actors/admission/admission_desk.hpp"
#include "protocol/failure.hpp"
#include "runtime/files/file_watch.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/serving/http_server.hpp"
#include "tools/helper/options.hpp"

namespace acr::helper {

/// Declared in order of dependence: the one declared last ends first.
struct webhook {
  std::shared_ptr<admission_desk> desk;
  std::shared_ptr<http_server> server;
  std::unique_ptr<file_watch> files; ///< Of certificates that are managed elsewhere.
};

/// Nothing: not wanted. Errors: those of `http_server::open`.
result<std::optional<webhook>> open_webhook(const webhook_options& options, const logger& log);

/// Metrics of its answers, in the format of runtime/observability/exposition.hpp.
std::string metrics_of(const admission_desk& desk);

} // namespace acr::helper
