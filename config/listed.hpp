/// Lists of texts as people and tools write them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "config/document.hpp"

namespace acr::config {

struct listed_text {
  std::string text; ///< Trimmed; empty if it is not a text.
  position at;
  bool is_text = true;
};

struct listed_texts {
  std::vector<listed_text> items;
  position empty;      ///< Of the first empty place between commas; line 0: none.
  position full_width; ///< Of the first full-width comma, which counts as a comma; line 0: none.
};

/// The items of a list, of a text separated by commas or line ends, or of a text that contains a
/// list in YAML or JSON. Lines that begin with `#` are comments. Nothing if it is a mapping. Items
/// beyond the first `most` have no position: each costs a walk over the text.
std::optional<listed_texts> read_listed(const node& value, std::size_t most);

} // namespace acr::config
