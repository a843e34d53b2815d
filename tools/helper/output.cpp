#include "tools/helper/output.hpp"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "config/tree_text.hpp"
#include "protocol/json.hpp"
#include "runtime/observability/status_json.hpp"

namespace acr::helper {

std::string for_programs(const std::string& json, output_format format) {
  auto read = parse_json_object(json);
  if (!read)
    return json.ends_with('\n') ? json : json + "\n";
  boost::json::object out;
  out["schemaVersion"] = schema_version;
  for (auto& member : *read)
    if (member.key() != "schemaVersion")
      out[member.key()] = std::move(member.value());
  if (format == output_format::yaml)
    return config::yaml_text(out);
  return boost::json::serialize(out) + "\n";
}

} // namespace acr::helper
