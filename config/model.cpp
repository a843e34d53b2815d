#include "config/model.hpp"

#include <tuple>

namespace acr::config {

bool instance::same_as(const instance& other) const {
  const auto meaning = [](const instance& i) {
    return std::tie(i.name, i.instance_id, i.region, i.domains, i.chain);
  };
  return meaning(*this) == meaning(other);
}

std::string to_string(const problem& value) {
  std::string text = value.key;
  const auto append = [&text](const char* separator, const std::string& part) {
    text += (text.empty() ? "" : separator) + part;
  };
  if (value.line > 0)
    append(", ", "line " + std::to_string(value.line));
  if (value.column > 0)
    append(", ", "column " + std::to_string(value.column));
  if (!value.value.empty())
    append(": ", '"' + value.value + '"');
  append(": ", value.message);
  return text;
}

} // namespace acr::config
