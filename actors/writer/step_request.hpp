/// A step as a request, and what its answer does to the ledger.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "actors/writer/ledger.hpp"
#include "protocol/http.hpp"

namespace acr {

/// Pure. `finish` is told the answer, or why there was none; it returns why the step has failed.
struct step_request {
  using answer = result<http_response>;

  http_request request;
  std::function<std::optional<failure>(ledger& book, const answer& value)> finish;
};

/// For a step of one of the kinds that ask the API server. Nothing: there is nothing to do after
/// all.
std::optional<step_request> request_for(ledger& book, const std::string& ns, const work_step& step,
                                        wall_time now);

} // namespace acr
