/// YAML with positions: text that is safe to load, and where in the user's document a node stands.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <yaml-cpp/node/node.h>

#include "config/model.hpp"

namespace acr::config {

/// Where a piece of text begins in the user's document: what is added to positions inside it.
struct place {
  int line = 0;   ///< Lines before it.
  int column = 0; ///< Columns before it, in each of its lines.
};

/// Collects problems. `where` is added to a node's own position.
class problem_list {
public:
  void add(severity level, std::string key, const YAML::Mark& mark, const place& where,
           std::string_view value, std::string message);
  void add(severity level, std::string key, std::string message);
  void add(problem made) { list_.push_back(std::move(made)); }
  bool fatal() const;
  std::vector<problem> take() { return std::move(list_); }

private:
  std::vector<problem> list_;
};

/// The text without a byte order mark and without carriage returns.
std::string normalized(std::string_view text);

/// Loads YAML (or JSON) that has neither anchors, aliases nor more than `most_depth` levels. A
/// problem is fatal, under `key`; the node is undefined then.
YAML::Node load(const std::string& text, const std::string& key, const place& where,
                problem_list& problems);

/// Where the content of a scalar begins in `document`, from which `scalar` was loaded; a literal
/// block (`|`) begins on the line after its mark.
place place_of(const YAML::Node& scalar, const std::string& document);

/// At most 60 characters, control characters replaced.
std::string shortened(std::string_view text);

} // namespace acr::config
