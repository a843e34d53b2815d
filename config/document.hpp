/// YAML (or JSON) as a tree that knows the position of each node in the user's document.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"

namespace acr::config {

/// Position of a text in the user's document: added to positions inside the text.
struct place {
  int line = 0;   ///< Lines before it.
  int column = 0; ///< Columns before it, in each of its lines.
  /// The text is not verbatim (escapes, folded lines): every position inside it counts as this one.
  bool fixed = false;
};

/// One value. Immutable once loaded.
struct node {
  enum class kind : unsigned char { null, text, list, mapping };

  kind type = kind::null;
  std::string text;        ///< Of a text.
  position at;             ///< Its first character.
  place inside;            ///< For what is parsed from the text.
  std::vector<node> keys;  ///< Of a mapping, in the order of the document, including duplicates.
  std::vector<node> items; ///< Of a list; of a mapping: the values of `keys`.

  bool is_null() const { return type == kind::null; }
  bool is_text() const { return type == kind::text; }
  bool is_list() const { return type == kind::list; }
  bool is_mapping() const { return type == kind::mapping; }
  /// The first value of this key in a mapping; null pointer if there is none.
  const node* find(std::string_view key) const;
  /// Position of byte `offset` of the text.
  position position_of(std::size_t offset) const;
};

/// A text that is a document of its own: the value of a key of a ConfigMap.
node text_node(std::string text);

/// The text without a byte order mark and without carriage returns.
std::string normalized(std::string_view text);

/// Loads one document; aliases and merge keys (`<<`) are expanded in the tree. Refuses, as a fatal
/// problem under `key`: invalid YAML, more than one document, tags, more than `most_depth` levels,
/// more than `most_nodes` nodes or `most_bytes` of text that come from aliases (they can hide a
/// bomb: refused before it is built), and text that is not UTF-8. Throws only when memory runs out.
std::optional<node> load(const std::string& text, const std::string& key, const place& where,
                         problem_list& problems);

} // namespace acr::config
