/// What a command found out, line by line, for people and for programs.
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
  fault, ///< This is why not.
};

struct finding {
  finding_level level = finding_level::good;
  std::string text;
  std::string remedy; ///< What to do; empty where there is nothing to do.

  friend bool operator==(const finding&, const finding&) = default;
};

/// Whether a finding is a fault.
bool any_fault(const std::vector<finding>& findings);

/// What helps against failures of that kind, where nothing better is known; never empty.
std::string general_remedy(errc code);

/// A failure as a fault: what, the likely cause, and the remedy. `about` goes before it.
finding fault_of(const std::string& about, const failure& reason);

/// `ok     text`, and `-> remedy` below it where there is one; ends with a line end.
std::string in_words(const finding& one, bool colours = false);

/// `{"<name>":bool or null,"findings":[{"level","text","remedy"}]}`; null: undecided.
std::string to_json(std::string_view name, const std::vector<finding>& findings,
                    std::optional<bool> verdict);

} // namespace acr::helper
