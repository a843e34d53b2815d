#include "config/parse.hpp"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "config/document.hpp"
#include "config/settings.hpp"

namespace acr::config {

namespace {

reading refused(problem_list problems, position at, std::string message) {
  problems.add(severity::fatal, "", at, "", std::move(message));
  return {std::nullopt, problems.take()};
}

reading too_big(std::size_t size) {
  return refused({}, {},
                 "is " + std::to_string(size) + " bytes long: at most " +
                     std::to_string(most_bytes) + " are supported");
}

} // namespace

reading parse_config_map(const std::map<std::string, std::string>& data) {
  std::size_t size = 0;
  for (const auto& [key, value] : data)
    size += key.size() + value.size();
  if (size > most_bytes)
    return too_big(size);
  std::vector<setting> settings;
  settings.reserve(data.size());
  for (const auto& [key, value] : data)
    settings.push_back({key, {}, text_node(normalized(value))});
  return read_settings(settings, {});
}

reading parse_file(std::string_view text) {
  if (text.size() > most_bytes)
    return too_big(text.size());
  problem_list problems;
  const auto root = load(normalized(text), "", {}, problems);
  if (!root)
    return {std::nullopt, problems.take()};
  if (!root->is_mapping())
    return refused(std::move(problems), root->at,
                   "must be a mapping: the manifest of a ConfigMap, or the keys of its data");
  const node* data = &*root;
  if (const auto* kind = root->find("kind")) {
    if (kind->text != "ConfigMap")
      return refused(std::move(problems), kind->at, "must be a ConfigMap");
    data = root->find("data");
    if (data == nullptr || !data->is_mapping())
      return refused(std::move(problems), root->at, "the ConfigMap has no `data`");
  }
  std::vector<setting> settings;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < data->keys.size(); ++i) {
    const auto& key = data->keys[i];
    if (!key.is_text())
      return refused(std::move(problems), key.at, "a key must be a text");
    if (!seen.insert(key.text).second)
      problems.add(severity::fatal, shown(key.text), key.at, "", "is given twice");
    else
      settings.push_back({key.text, key.at, data->items[i]});
  }
  return read_settings(settings, std::move(problems));
}

} // namespace acr::config
