#include "config/parse.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "config/document.hpp"
#include "config/settings.hpp"
#include "config/sizes.hpp"
#include "config/spelling.hpp"
#include "config/syntax.hpp"
#include "config/values.hpp"
#include "config/wrapping.hpp"
#include "protocol/base64.hpp"

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

/// Where the mapping of keys is.
enum class within { file, config_map };

reading read_mapping(const node& root, within where, problem_list problems);

constexpr std::array all_spellings{spelling::config_map, spelling::add_on, spelling::file};

bool known(std::string_view key) {
  return std::any_of(all_spellings.begin(), all_spellings.end(),
                     [&](spelling form) { return belongs_to(key, form); });
}

/// Whether a key of a ConfigMap is, or was meant to be, one of a configuration.
bool matters(std::string_view key) {
  return known(key) || names_a_file(key) ||
         std::any_of(all_spellings.begin(), all_spellings.end(), [&](spelling form) {
           return suggestion(key, vocabulary_of(form).keys).has_value();
         });
}

/// Keys of any spelling, or one key of a ConfigMap that holds a whole file.
reading read_data(const std::vector<setting>& settings, problem_list problems) {
  for (const auto& given : settings) // bytes come from `binaryData`
    if (matters(given.key) && given.value.is_text())
      if (const auto bad = not_utf8(given.value.text))
        problems.add(
            severity::fatal, shown(given.key),
            given.value.inside.fixed ? given.value.at : position{bad->first + 1, bad->second + 1},
            "", "is not UTF-8 text: save it with that encoding, and make the ConfigMap anew");
  if (problems.fatal())
    return {std::nullopt, problems.take()};
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

/// `binaryData` of a manifest: kubectl puts data there that is not UTF-8.
void add_binary(const node& manifest, std::vector<setting>& settings, problem_list& problems) {
  const auto* const binary = manifest.find("binaryData");
  for (std::size_t i = 0; binary != nullptr && i < binary->items.size(); ++i) {
    const auto& key = binary->keys[i];
    auto bytes = decode_base64(binary->items[i].text);
    if (!bytes) {
      problems.add(severity::fatal, shown(key.text), binary->items[i].at, "",
                   "is in binaryData, and not base64 there");
      continue;
    }
    setting made{key.text, key.at, text_node(normalized(*bytes))};
    made.value.at = binary->items[i].at;
    made.value.inside = {key.at.line - 1, key.at.column - 1, true};
    settings.push_back(std::move(made));
  }
}

reading read_manifest(const node& manifest, problem_list problems) {
  const auto* const data = manifest.find("data");
  const auto* const binary = manifest.find("binaryData");
  const bool has_binary = binary != nullptr && binary->is_mapping();
  if ((data == nullptr || !data->is_mapping()) && !has_binary)
    return refused(std::move(problems), manifest.at, "the ConfigMap has no `data`");
  auto settings = settings_of(data != nullptr ? *data : node{}, problems);
  if (!settings)
    return {std::nullopt, problems.take()};
  if (has_binary)
    add_binary(manifest, *settings, problems);
  return read_data(*settings, std::move(problems));
}

/// No known key: reads the one configuration that is wrapped inside.
std::optional<reading> read_wrapped(const node& root, problem_list& problems) {
  const auto found = wrapped_in(root);
  if (found.empty())
    return std::nullopt;
  if (found.size() > 1)
    return refused(std::move(problems), found[1].at,
                   "holds " + std::to_string(found.size()) +
                       " configurations: give one of them, such as the value of its `config`");
  const auto settings = settings_of(found.front(), problems);
  if (!settings)
    return reading{std::nullopt, problems.take()};
  return read_settings(*settings, std::move(problems));
}

bool has_known_key(const node& mapping) {
  return std::any_of(mapping.keys.begin(), mapping.keys.end(),
                     [](const node& key) { return known(key.text); });
}

reading read_mapping(const node& root, within where, problem_list problems) {
  const auto* const written = root.find("kind");
  const bool list = written != nullptr && where == within::file &&
                    (written->text == "List" || written->text == "ConfigMapList");
  if (list || (written == nullptr && !has_known_key(root)))
    if (auto read = read_wrapped(root, problems))
      return std::move(*read);
  if (!root.is_mapping())
    return refused(std::move(problems), root.at,
                   "must be a mapping: the manifest of a ConfigMap, or the keys of its data");
  const bool manifest = written != nullptr && written->text == "ConfigMap";
  if (written != nullptr && written->text != kind && (!manifest || where != within::file))
    return refused(std::move(problems), written->at,
                   std::string{where == within::file ? "must be ConfigMap, or " : "must be "} +
                       std::string{kind} + " for a file of the helper's own form");
  if (manifest)
    return read_manifest(root, std::move(problems));
  if (root.keys.empty())
    return refused(std::move(problems), root.at,
                   "holds no key of a configuration: acr-registry-info, AcrInstanceInfo or "
                   "instances, say");
  const auto settings = settings_of(root, problems);
  if (!settings)
    return {std::nullopt, problems.take()};
  return read_settings(*settings, std::move(problems));
}

/// Adds warnings about the configuration as a whole.
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
