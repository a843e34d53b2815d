#include "config/spelling.hpp"

#include <algorithm>
#include <array>

#include <boost/algorithm/string/predicate.hpp>

#include "config/values.hpp"

namespace acr::config {

namespace {

constexpr std::array<std::string_view, 10> config_map_keys{
    "acr-api-version", "acr-registry",         "acr-registry-info", "watch-namespace",
    "service-account", "expiring-threshold",   "notify-email",      "rrsa",
    "rrsa.enable",     "webhook-configuration"};
constexpr std::array<std::string_view, 6> add_on_keys{"AcrInstanceInfo", "watchNamespace",
                                                      "serviceAccount",  "expiringThreshold",
                                                      "notifyEmail",     "enableRRSA"};
constexpr std::array<std::string_view, 8> file_keys{
    "apiVersion",      "kind",        "instances", "namespaces", "namespaceSelector",
    "serviceAccounts", "renewBefore", "email"};

constexpr std::array<vocabulary, 3> vocabularies{{
    {spelling::config_map, "acr-registry-info", "watch-namespace", "service-account",
     "expiring-threshold", "notify-email", "rrsa", "rrsa.enable",
     "give the key `rrsa` the value `enable: true`", config_map_keys},
    {spelling::add_on, "AcrInstanceInfo", "watchNamespace", "serviceAccount", "expiringThreshold",
     "notifyEmail", "", "enableRRSA", "give `enableRRSA` the value true", add_on_keys},
    {spelling::file, "instances", "namespaces", "serviceAccounts", "renewBefore", "email", "", "",
     "", file_keys},
}};

/// The first setting that belongs to a spelling.
const setting* first_of(const vocabulary& words, const std::vector<setting>& settings) {
  const auto found = std::find_if(settings.begin(), settings.end(), [&](const setting& given) {
    return belongs_to(given.key, words.form);
  });
  return found == settings.end() ? nullptr : &*found;
}

std::string belongs(const setting& given, std::string_view whose) {
  std::string text{"`"};
  text.append(shown(given.key)).append("` is of ").append(whose);
  return text;
}

} // namespace

const vocabulary& vocabulary_of(spelling form) {
  return *std::find_if(vocabularies.begin(), vocabularies.end(),
                       [&](const vocabulary& words) { return words.form == form; });
}

std::string_view in_words(spelling form) {
  switch (form) {
  case spelling::add_on:
    return "the add-on form";
  case spelling::file:
    return "the helper's own form";
  case spelling::config_map:
    break;
  }
  return "the ConfigMap form";
}

bool belongs_to(std::string_view key, spelling form) {
  const auto& known = vocabulary_of(form).keys;
  return std::any_of(known.begin(), known.end(),
                     [&](auto word) { return boost::iequals(word, key); });
}

std::optional<spelling> tell_apart(const std::vector<setting>& settings, problem_list& problems) {
  std::optional<spelling> form;
  const setting* first = nullptr;
  for (const auto& words : vocabularies)
    if (const auto* given = first_of(words, settings)) {
      if (first != nullptr) {
        problems.add(severity::fatal, shown(given->key), given->key_at, "",
                     "mixes two spellings: " + belongs(*given, in_words(words.form)) + ", " +
                         belongs(*first, in_words(*form)) + ": use one of them");
        return std::nullopt;
      }
      form = words.form;
      first = given;
    }
  if (form || settings.empty())
    return form.value_or(spelling::config_map);
  std::string meant;
  for (const auto& given : settings)
    for (const auto& words : vocabularies)
      if (meant.empty())
        meant = did_you_mean(given.key, words.keys);
  const auto& unknown = settings.front();
  problems.add(severity::fatal, shown(unknown.key), unknown.key_at, "",
               "is no key of a configuration, and there is none beside it: acr-registry-info, "
               "AcrInstanceInfo or instances, say" +
                   meant);
  return std::nullopt;
}

bool names_a_file(std::string_view key) {
  return key.ends_with(".yaml") || key.ends_with(".yml") || key.ends_with(".json");
}

} // namespace acr::config
