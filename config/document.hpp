/// YAML (or JSON) as a tree that knows where each of its nodes stands in the user's document.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"

namespace acr::config {

/// Where a text stands in the user's document: what is added to positions inside the text.
struct place {
  int line = 0;   ///< Lines before it.
  int column = 0; ///< Columns before it, in each of its lines.
  /// Not so simple (escapes, folded lines): every position inside is `line` and `column` itself.
  bool fixed = false;
};

/// One value. Immutable once loaded.
struct node {
  enum class kind : unsigned char { null, text, list, mapping };

  kind type = kind::null;
  std::string text;        ///< Of a text.
  position at;             ///< Where it begins.
  place inside;            ///< For what is read out of the text.
  std::vector<node> keys;  ///< Of a mapping, in the order of the document, doubles included.
  std::vector<node> items; ///< Of a list; of a mapping: the values of `keys`.

  bool is_null() const { return type == kind::null; }
  bool is_text() const { return type == kind::text; }
  bool is_list() const { return type == kind::list; }
  bool is_mapping() const { return type == kind::mapping; }
  /// The first value of this key in a mapping; null pointer if there is none.
  const node* find(std::string_view key) const;
  /// Where byte `offset` of the text stands.
  position position_of(std::size_t offset) const;
};

/// A text that is a document of its own: the value of a key of a ConfigMap.
node text_node(std::string text);

/// The text without a byte order mark and without carriage returns.
std::string normalized(std::string_view text);

/// Loads one document; aliases and merge keys (`<<`) are written out in the tree. Refuses, as a
/// fatal problem under `key`: what is not YAML, more than one document, tags, more than
/// `most_depth` levels, more than `most_nodes` nodes or `most_bytes` of text that come from aliases
/// (they can hide a bomb: refused before it is built), and text that is not UTF-8. Never throws but
/// for want of memory.
std::optional<node> load(const std::string& text, const std::string& key, const place& where,
                         problem_list& problems);

} // namespace acr::config
