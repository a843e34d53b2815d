/// A tree of values as YAML or JSON for people: one field a line, short lists in one.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace acr::config {

/// Block style; a text of several lines becomes a literal block (`|`) and must end with a line end.
/// Texts that YAML would take for something else are quoted. A mapping or a list, not a scalar.
std::string yaml_text(const boost::json::value& tree);

std::string json_text(const boost::json::value& tree);

} // namespace acr::config
