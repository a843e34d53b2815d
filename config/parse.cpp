#include "config/parse.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "config/document.hpp"
#include "config/settings.hpp"
#include "config/sizes.hpp"

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

/// Where a mapping of keys is looked for.
enum class within { file, config_map };

reading read_mapping(const node& root, within where, problem_list problems);

/// Keys of any spelling, or one key of a ConfigMap with a whole file in it.
reading read_data(const std::vector<setting>& settings, problem_list problems) {
  const auto file = std::find_if(settings.begin(), settings.end(), [](const setting& given) {
    return names_a_file(given.key) && given.value.is_text();
  });
  if (file == settings.end())
    return read_settings(settings, std::move(problems));
  if (settings.size() > 1) {
    const auto& other = file == settings.begin() ? settings[1] : settings[0];
    problems.add(severity::fatal, shown(other.key), other.key_at, "",
                 "mixes two spellings: `" + shown(file->key) +
                     "` holds a whole file, and nothing can stand beside it");
    return {std::nullopt, problems.take()};
  }
  const auto root = load(file->value.text, file->key, file->value.inside, problems);
  if (!root)
    return {std::nullopt, problems.take()};
  return read_mapping(*root, within::config_map, std::move(problems));
}

std::optional<std::vector<setting>> settings_of(const node& mapping, problem_list& problems) {
  std::vector<setting> settings;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
    const auto& key = mapping.keys[i];
    if (!key.is_text()) {
      problems.add(severity::fatal, "", key.at, "", "a key must be a text");
      return std::nullopt;
    }
    if (!seen.insert(key.text).second)
      problems.add(severity::fatal, shown(key.text), key.at, "", "is given twice");
    else
      settings.push_back({key.text, key.at, mapping.items[i]});
  }
  return settings;
}

reading read_mapping(const node& root, within where, problem_list problems) {
  if (!root.is_mapping())
    return refused(std::move(problems), root.at,
                   "must be a mapping: the manifest of a ConfigMap, or the keys of its data");
  const auto* const written = root.find("kind");
  const bool manifest = written != nullptr && written->text == "ConfigMap";
  if (written != nullptr && written->text != kind && (!manifest || where != within::file))
    return refused(std::move(problems), written->at,
                   std::string{where == within::file ? "must be ConfigMap, or " : "must be "} +
                       std::string{kind} + " for a file of the helper's own form");
  const auto* const data = manifest ? root.find("data") : &root;
  if (data == nullptr || !data->is_mapping())
    return refused(std::move(problems), root.at, "the ConfigMap has no `data`");
  const auto settings = settings_of(*data, problems);
  if (!settings)
    return {std::nullopt, problems.take()};
  return manifest ? read_data(*settings, std::move(problems))
                  : read_settings(*settings, std::move(problems));
}

/// Also warns of what can be foreseen of the configuration as a whole.
reading foreseen(reading read) {
  if (read.value)
    if (auto problem = size_problem(*read.value))
      read.problems.push_back(std::move(*problem));
  return read;
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
  return foreseen(read_data(settings, {}));
}

reading parse_file(std::string_view text) {
  if (text.size() > most_bytes)
    return too_big(text.size());
  problem_list problems;
  const auto root = load(normalized(text), "", {}, problems);
  if (!root)
    return {std::nullopt, problems.take()};
  return foreseen(read_mapping(*root, within::file, std::move(problems)));
}

} // namespace acr::config
