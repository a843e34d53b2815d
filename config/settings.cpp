#include "config/settings.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>

#include "config/instances.hpp"
#include "config/parse.hpp"
#include "config/values.hpp"
#include "protocol/dns_name.hpp"

namespace acr::config {

namespace {

/// What a list of names may hold.
struct name_rules {
  std::string_view all; ///< The word for all of them, beside `*`.
  bool (*valid)(std::string_view);
  const char* form; ///< What `valid` asks for.
};

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
    read_names(words_.namespaces, made.namespaces,
               {"all", valid_dns_label, "1 to 63 lower-case letters, digits and `-`"});
    read_names(words_.service_accounts, made.service_accounts,
               {words_.all_accounts, [](std::string_view text) { return valid_dns_name(text); },
                "lower-case letters, digits, `-` and `.`"});
    read_threshold(made);
    read_email(made);
    read_info(made, rrsa);
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
  /// Null pointer if it is not given, or given without a value.
  const setting* find(std::string_view key) const {
    const auto found = std::find_if(settings_.begin(), settings_.end(),
                                    [&](const setting& s) { return s.key == key; });
    if (found == settings_.end() || found->value.is_null() ||
        (found->value.is_text() && trimmed(found->value.text).empty()))
      return nullptr;
    return &*found;
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

  /// Takes a key over under its proper name.
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
    if (given.key == "webhook-configuration")
      warn(given.key, given.key_at, "", "this helper needs no webhook, ignored");
    if (given.key == "apiVersion" && given.value.text != api_version)
      refuse(given, "must be " + std::string{api_version});
    if (std::any_of(settings_.begin(), settings_.end(),
                    [&](const setting& other) { return other.key == given.key; }))
      return refuse(given.key, given.key_at, "", "is given twice");
    settings_.push_back(std::move(given));
  }

  /// The value as a structure: as it is, or the YAML in the text. Nothing: told as fatal.
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

  struct name {
    std::string_view text;
    position at;
  };

  std::vector<name> names_of(const setting& given) {
    std::vector<name> names;
    const auto& value = given.value;
    if (value.is_list()) {
      for (const auto& item : value.items)
        names.push_back({trimmed(item.text), item.at}); // no text: not valid, told as such
    } else if (value.is_text()) {
      const auto list = split_list(value.text);
      if (!list.empty.empty())
        warn(given.key, value.position_of(list.empty.front()), "", "an empty item is ignored");
      if (!list.full_width.empty())
        warn(given.key, value.position_of(list.full_width.front()), "",
             "a full-width comma is read as a comma");
      // Positions cost a walk over the text: not for more items than are read.
      for (const auto& item : list.items)
        names.push_back(
            {item.text, names.size() > most_names ? position{} : value.position_of(item.offset)});
    } else {
      refuse(given, "must be a text with commas between the names, or a list of them");
    }
    if (names.size() > most_names) {
      refuse(given, "has " + std::to_string(names.size()) + " names: at most " +
                        std::to_string(most_names) + " are supported");
      names.clear();
    }
    return names;
  }

  /// No value means the default, as with the original. A name that cannot exist is refused, and
  /// the configuration with it: to serve fewer than was meant would go unnoticed.
  void read_names(std::string_view key, selection& out, const name_rules& rules) {
    const auto* const given = find(key);
    if (given == nullptr)
      return;
    selection chosen;
    const auto names = names_of(*given);
    for (const auto& [text, at] : names) {
      if (boost::iequals(text, rules.all) || text == "*")
        chosen.all = true;
      else if (boost::iequals(text, "default"))
        chosen.names.emplace_back("default");
      else if (rules.valid(text))
        chosen.names.emplace_back(text);
      else
        refuse(given->key, at, text,
               std::string{"cannot be a name in Kubernetes: "} + rules.form +
                   (text.find(' ') != std::string_view::npos ? "; put commas between names" : ""));
    }
    if (chosen.all && names.size() > 1)
      return refuse(*given, "cannot hold `" + std::string{rules.all} +
                                "` together with others: give either");
    std::sort(chosen.names.begin(), chosen.names.end());
    chosen.names.erase(std::unique(chosen.names.begin(), chosen.names.end()), chosen.names.end());
    if (chosen.all || !chosen.names.empty())
      out = std::move(chosen);
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
           "a password lives an hour: each will be renewed at half its life");
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
      made.instances = read_instances(*list, words_, rrsa, problems_);
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
