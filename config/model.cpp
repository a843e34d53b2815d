#include "config/model.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "protocol/text.hpp"

namespace acr::config {

bool instance::same_as(const instance& other) const {
  const auto meaning = [](const instance& i) {
    return std::tie(i.name, i.instance_id, i.region, i.domains, i.chain, i.namespaces);
  };
  return meaning(*this) == meaning(other);
}

bool configuration::same_as(const configuration& other) const {
  const auto rest = [](const configuration& c) {
    return std::tie(c.namespaces, c.namespace_labels, c.service_accounts, c.expiring_threshold,
                    c.notify_email, c.rrsa_enabled, c.webhook.enabled,
                    c.webhook.pods_with_own_list);
  };
  return rest(*this) == rest(other) &&
         std::equal(instances.begin(), instances.end(), other.instances.begin(),
                    other.instances.end(),
                    [](const instance& a, const instance& b) { return a.same_as(b); });
}

selection served_namespaces(const configuration& of) {
  std::vector<selection> entries;
  for (const auto& entry : of.instances)
    if (std::find(entries.begin(), entries.end(), entry.namespaces) == entries.end())
      entries.push_back(entry.namespaces);
  return entries.empty() ? of.namespaces : narrowed(of.namespaces, entries);
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
  return one_line(text);
}

} // namespace acr::config
