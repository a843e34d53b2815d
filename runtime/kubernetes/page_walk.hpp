/// Walks through the pages of a list: the size of the next one, and whether the list ends; pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "protocol/failure.hpp"

namespace acr::kubernetes {

class page_walk {
public:
  /// `step` names the list: "list secrets".
  explicit page_walk(std::string step) : step_{std::move(step)} {}

  int limit() const noexcept { return limit_; }                ///< Objects of the next page.
  const std::string& token() const noexcept { return token_; } ///< Where it begins.
  bool done() const noexcept { return pages_ > 0 && token_.empty(); }

  /// The answer was too large. False: a single object is too large.
  bool shrink();
  /// A page has arrived, and the next one begins at `next`; empty: it was the last. Errors:
  /// `malformed_answer`: the server repeats itself, or the list does not end.
  std::optional<failure> took(std::size_t objects, std::string next);

private:
  std::string step_;
  int limit_ = 500;
  std::string token_;
  std::size_t pages_ = 0;
  std::size_t objects_ = 0;
  int empty_in_a_row_ = 0;
};

} // namespace acr::kubernetes
