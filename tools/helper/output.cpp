#include "tools/helper/output.hpp"

#include "config/tree_text.hpp"
#include "protocol/json.hpp"

namespace acr::helper {

std::string for_programs(const std::string& json, output_format format) {
  if (format == output_format::yaml)
    if (const auto read = parse_json(json))
      return config::yaml_text(*read);
  return json.ends_with('\n') ? json : json + "\n";
}

} // namespace acr::helper
