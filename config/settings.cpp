#include "config/settings.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>

#include "config/instances.hpp"
#include "config/label_selector.hpp"
#include "config/parse.hpp"
#include "config/scope.hpp"
#include "config/values.hpp"
#include "config/webhook.hpp"

namespace acr::config {

namespace {

class reader {
public:
  reader(const std::vector<setting>& settings, const vocabulary& words, problem_list problems)
      : words_{words}, problems_{std::move(problems)} {
    for (const auto& given : settings)
      accept(given);
  }

  reading read() {
    configuration made;
    const bool rrsa = read_rrsa();
    read_selector(made);
    read_names(words_.namespaces, scope_of::namespaces, made.namespaces);
    read_names(words_.service_accounts, scope_of::accounts, made.service_accounts);
    read_threshold(made);
    read_email(made);
    read_info(made, rrsa);
    if (const auto* const given = find("webhook-configuration"))
      if (const auto value = structure(*given))
        made.webhook = read_webhook(*value, given->key, problems_);
    made.rrsa_enabled =
        std::any_of(made.instances.begin(), made.instances.end(),
                    [](const instance& entry) { return !entry.chain.rrsa_role_arn.empty(); });
    const bool usable = !problems_.fatal();
    reading out;
    out.form = words_.form;
    out.problems = problems_.take();
    if (usable)
      out.value = std::move(made);
    return out;
  }

private:
  /// Null pointer if it is missing.
  const setting* named(std::string_view key) const {
    const auto found = std::find_if(settings_.begin(), settings_.end(),
                                    [&](const setting& s) { return s.key == key; });
    return found == settings_.end() ? nullptr : &*found;
  }
  /// Null pointer if it is missing or has no value.
  const setting* find(std::string_view key) const {
    const auto* const found = named(key);
    const bool empty = found == nullptr || found->value.is_null() ||
                       (found->value.is_text() && trimmed(found->value.text).empty());
    return empty ? nullptr : found;
  }

  void refuse(const std::string& key, position at, std::string_view value, std::string message) {
    problems_.add(severity::fatal, key, at, value, std::move(message));
  }
  void refuse(const setting& given, std::string message) {
    const auto& value = given.value;
    refuse(given.key, value.at, trimmed(value.text), std::move(message));
  }
  void warn(const std::string& key, position at, std::string_view value, std::string message) {
    problems_.add(severity::warning, key, at, value, std::move(message));
  }

  /// Adds a key under its proper name.
  void accept(setting given) {
    const auto known = std::find_if(words_.keys.begin(), words_.keys.end(),
                                    [&](auto key) { return boost::iequals(key, given.key); });
    if (known == words_.keys.end())
      return warn(shown(given.key), given.key_at, "",
                  "unknown key, ignored" + did_you_mean(given.key, words_.keys));
    if (*known != given.key)
      warn(shown(given.key), given.key_at, "", "is read as " + std::string{*known});
    given.key = *known;
    if (given.key == "acr-registry")
      warn(given.key, given.key_at, "", "was replaced by acr-registry-info, ignored");
    if (given.key == "apiVersion" && given.value.text != api_version)
      refuse(given, "must be " + std::string{api_version});
    if (std::any_of(settings_.begin(), settings_.end(),
                    [&](const setting& other) { return other.key == given.key; }))
      return refuse(given.key, given.key_at, "", "is given twice");
    settings_.push_back(std::move(given));
  }

  /// The value as a structure: unchanged, or the YAML in the text. Nothing: reported as fatal.
  std::optional<node> structure(const setting& given) {
    if (!given.value.is_text())
      return given.value;
    return load(given.value.text, given.key, given.value.inside, problems_);
  }

  bool read_rrsa() {
    const auto nested = read_rrsa_mapping();
    const auto* const given = words_.rrsa_flag.empty() ? nullptr : find(words_.rrsa_flag);
    if (given == nullptr)
      return nested.value_or(false);
    const auto dotted = flag(given->key, given->value);
    if (dotted && nested && *dotted != *nested)
      refuse(*given, "says another thing than the key rrsa: give one of them");
    return dotted.value_or(false);
  }

  std::optional<bool> read_rrsa_mapping() {
    const auto* const given = words_.rrsa.empty() ? nullptr : find(words_.rrsa);
    const auto value = given == nullptr ? std::nullopt : structure(*given);
    if (!value || value->is_null())
      return std::nullopt;
    if (!value->is_mapping()) {
      refuse(given->key, value->at, value->text, "must be `enable: true` or `enable: false`");
      return std::nullopt;
    }
    std::optional<bool> enabled;
    for (std::size_t i = 0; i < value->keys.size(); ++i) {
      const auto& key = value->keys[i];
      constexpr std::array<std::string_view, 1> known{"enable"};
      if (key.text != "enable")
        warn(given->key, key.at, key.text,
             "unknown field, ignored" + did_you_mean(key.text, known));
      else if (enabled)
        refuse(given->key, key.at, key.text, "is given twice");
      else
        enabled = flag(given->key, value->items[i]);
    }
    return enabled;
  }

  std::optional<bool> flag(const std::string& key, const node& value) {
    const auto read = value.is_text() ? parse_bool(value.text) : std::nullopt;
    if (!read)
      refuse(key, value.at, trimmed(value.text), "must be true or false");
    return read;
  }

  void read_names(std::string_view key, scope_of what, selection& out) {
    if (const auto* const given = named(key))
      out =
          read_scope(given->value, given->key, what, words_.form == spelling::file, out, problems_);
  }

  /// With a selector, `namespaces` need not be given: all that it selects are meant.
  void read_selector(configuration& made) {
    const auto* const given = named("namespaceSelector");
    if (given == nullptr)
      return;
    const auto value = structure(*given);
    auto read = value ? read_label_selector(*value, given->key, problems_)
                      : std::optional<label_selector>{};
    if (read)
      made.namespace_labels = std::move(*read);
    if (named(words_.namespaces) == nullptr)
      made.namespaces = selection{true};
  }

  void read_threshold(configuration& made) {
    const auto* const given = find(words_.threshold);
    if (given == nullptr)
      return;
    const std::string text{trimmed(given->value.text)};
    const auto value = parse_duration(text);
    if (!value || *value < std::chrono::seconds{1}) {
      const bool bare =
          !text.empty() && text != "0" && text.find_first_not_of("0123456789") == std::string::npos;
      return refuse(*given, bare ? "must have a unit: " + shown(text) + "s or " + shown(text) + "m"
                                 : "must be a duration of a second or more, such as 15m, 900s or "
                                   "1h30m");
    }
    if (*value >= std::chrono::hours{1})
      warn(given->key, given->value.at, text,
           "a credential is valid for an hour: each will be renewed after half of that");
    made.expiring_threshold = std::chrono::duration_cast<std::chrono::seconds>(*value);
  }

  void read_email(configuration& made) {
    const auto* const given = find(words_.email);
    if (given == nullptr)
      return;
    const auto text = trimmed(given->value.text);
    constexpr std::size_t most = 254; // RFC 5321
    const bool plain = std::none_of(text.begin(), text.end(),
                                    [](unsigned char c) { return c <= ' ' || c == 0x7F; });
    if (text.empty() || text.size() > most || !plain)
      return refuse(*given, "must be one e-mail address");
    if (text.find('@') == std::string_view::npos)
      warn(given->key, given->value.at, text, "does not look like an e-mail address");
    made.notify_email = text;
  }

  void read_info(configuration& made, bool rrsa) {
    const auto* const given = find(words_.instances);
    const auto list = given == nullptr ? node{} : structure(*given);
    if (list)
      made.instances = read_instances(*list, words_, rrsa, made.namespaces, problems_);
  }

  const vocabulary& words_;
  std::vector<setting> settings_; ///< Of known keys, under their proper names.
  problem_list problems_;
};

} // namespace

reading read_settings(const std::vector<setting>& settings, problem_list problems) {
  const auto form = tell_apart(settings, problems);
  if (!form)
    return {std::nullopt, problems.take()};
  return reader{settings, vocabulary_of(*form), std::move(problems)}.read();
}

} // namespace acr::config
