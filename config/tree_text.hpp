/// Formats a tree of values as YAML or JSON for people: one field per line, short lists on one.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace acr::config {

/// Block style; a multi-line text becomes a literal block (`|`) and must end with a line end. Texts
/// that YAML would read as another type are quoted. A mapping or a list, not a scalar.
std::string yaml_text(const boost::json::value& tree);

std::string json_text(const boost::json::value& tree);

} // namespace acr::config
