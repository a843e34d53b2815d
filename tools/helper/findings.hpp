/// Findings of a command, line by line, for people and for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/failure.hpp"

namespace acr::helper {

enum class finding_level : std::uint8_t {
  good,  ///< As it should be.
  note,  ///< Worth knowing, no obstacle.
  fault, ///< The cause of a failure.
};

struct finding {
  finding_level level = finding_level::good;
  std::string text;
  std::string remedy; ///< What to do; empty if there is nothing to do.

  friend bool operator==(const finding&, const finding&) = default;
};

/// Whether a finding is a fault.
bool any_fault(const std::vector<finding>& findings);

/// A general remedy for failures of that kind, if there is no better one; never empty.
std::string general_remedy(errc code);

/// A failure as a fault: the failure, its likely cause, and the remedy, prefixed by `about`.
finding fault_of(const std::string& about, const failure& reason);

/// `ok     text`, and `-> remedy` below it if there is one; ends with a line end.
std::string in_words(const finding& one, bool colours = false);

/// `{"<name>":bool or null,"findings":[{"level","text","remedy"}]}`; null: undecided.
std::string to_json(std::string_view name, const std::vector<finding>& findings,
                    std::optional<bool> verdict);

} // namespace acr::helper
