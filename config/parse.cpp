#include "config/parse.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <yaml-cpp/yaml.h>

#include "config/document.hpp"
#include "config/instances.hpp"
#include "config/values.hpp"

namespace acr::config {

namespace {

constexpr std::array<std::string_view, 10> keys{
    "acr-api-version", "acr-registry",         "acr-registry-info", "watch-namespace",
    "service-account", "expiring-threshold",   "notify-email",      "rrsa",
    "rrsa.enable",     "webhook-configuration"};

/// One key with its value: a text, or (in a file) a structure.
struct setting {
  std::string key;
  YAML::Node value; ///< A scalar, or the structure.
  place where;      ///< Of positions inside the value.
  YAML::Mark mark;  ///< Of the key, in the document.
  std::string text() const { return value.IsScalar() ? value.Scalar() : ""; }
};

class reader {
public:
  explicit reader(std::vector<setting> settings, problem_list problems)
      : settings_{std::move(settings)}, problems_{std::move(problems)} {}

  reading read() {
    check_keys();
    configuration made;
    made.rrsa_enabled = read_rrsa();
    read_selection("watch-namespace", made.namespaces, "all", valid_label);
    read_selection("service-account", made.service_accounts, "*", valid_subdomain);
    read_threshold(made);
    if (const auto* email = find("notify-email"))
      made.notify_email = trimmed(email->text());
    read_info(made);
    const bool usable = !problems_.fatal();
    reading out;
    out.problems = problems_.take();
    if (usable)
      out.value = std::move(made);
    return out;
  }

private:
  const setting* find(std::string_view key) const {
    const auto found = std::find_if(settings_.begin(), settings_.end(),
                                    [&](const setting& s) { return s.key == key; });
    return found == settings_.end() ? nullptr : &*found;
  }

  void check_keys() {
    for (const auto& given : settings_) {
      if (given.key == "acr-registry")
        problems_.add(severity::warning, given.key, given.mark, {}, "",
                      "was replaced by acr-registry-info in 2020, ignored");
      if (given.key == "webhook-configuration")
        problems_.add(severity::warning, given.key, given.mark, {}, "",
                      "this helper needs no webhook, ignored");
      if (std::find(keys.begin(), keys.end(), given.key) != keys.end())
        continue;
      const auto meant = suggestion(given.key, keys);
      problems_.add(severity::warning, given.key, given.mark, {}, "",
                    "unknown key, ignored" + (meant ? ": did you mean " + *meant + "?" : ""));
    }
  }

  void refuse(const setting& given, std::string message) {
    problems_.add(severity::fatal, given.key, given.value.Mark(), {}, given.text(),
                  std::move(message));
  }

  /// The value as structure: as it is, or the YAML in the text.
  YAML::Node structure(const setting& given) {
    return given.value.IsScalar() ? load(given.value.Scalar(), given.key, given.where, problems_)
                                  : given.value;
  }

  bool read_rrsa() {
    if (const auto* flag = find("rrsa.enable")) {
      const auto enabled = parse_bool(flag->text());
      if (!enabled)
        refuse(*flag, "must be true or false");
      return enabled.value_or(false);
    }
    const auto* given = find("rrsa");
    if (!given)
      return false;
    const auto node = structure(*given);
    if (!node.IsDefined() || node.IsNull())
      return false;
    const auto wrong = [&](const YAML::Node& at) {
      problems_.add(severity::fatal, given->key, at.Mark(), given->where,
                    at.IsScalar() ? at.Scalar() : "", "must be `enable: true` or `enable: false`");
      return false;
    };
    if (!node.IsMap())
      return wrong(node);
    bool enabled = false;
    for (const auto& item : node) {
      if (item.first.Scalar() != "enable" || !item.second.IsScalar())
        return wrong(item.first);
      const auto value = parse_bool(item.second.Scalar());
      if (!value)
        return wrong(item.second);
      enabled = *value;
    }
    return enabled;
  }

  void read_selection(const char* key, selection& out, std::string_view word_for_all,
                      bool (*valid)(std::string_view)) {
    const auto* given = find(key);
    if (!given)
      return;
    std::vector<std::string> names;
    if (given->value.IsSequence()) {
      for (const auto& item : given->value)
        names.push_back(item.IsScalar() ? trimmed(item.Scalar()) : "");
    } else {
      names = split_list(given->text());
    }
    if (names.empty())
      return; // empty means the default, as with the original
    const bool all = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return boost::iequals(name, word_for_all) || name == "*";
    });
    if (all && names.size() > 1)
      return refuse(*given, "cannot name `" + std::string{word_for_all} +
                                "` together with others: give either");
    for (auto& name : names) {
      if (boost::iequals(name, "default"))
        name = "default";
      if (!all && !valid(name))
        refuse(*given, "\"" + shortened(name) +
                           "\" cannot be a name in Kubernetes: lower-case letters, digits and "
                           "`-`");
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    out = all ? selection{true, {}} : selection{false, std::move(names)};
  }

  void read_threshold(configuration& made) {
    const auto* given = find("expiring-threshold");
    if (!given || trimmed(given->text()).empty())
      return;
    const auto text = trimmed(given->text());
    const auto value = parse_duration(text);
    if (!value || *value <= std::chrono::milliseconds{0}) {
      const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
      return refuse(*given, digits && text != "0"
                                ? "must have a unit: " + text + "s, " + text + "m"
                                : "must be a duration such as 15m, 900s or 1h30m, longer than 0");
    }
    if (*value >= std::chrono::hours{1})
      problems_.add(severity::warning, given->key, given->value.Mark(), {}, text,
                    "passwords live an hour: each will be renewed at half its life");
    made.expiring_threshold = std::chrono::duration_cast<std::chrono::seconds>(*value);
  }

  void read_info(configuration& made) {
    const auto* given = find("acr-registry-info");
    const auto list = given ? structure(*given) : YAML::Node{};
    if (!problems_.fatal())
      made.instances =
          read_instances(list, given ? given->where : place{}, made.rrsa_enabled, problems_);
  }

  std::vector<setting> settings_;
  problem_list problems_;
};

reading too_big(std::size_t size) {
  problem_list problems;
  problems.add(severity::fatal, "",
               "is " + std::to_string(size) + " bytes long: at most " + std::to_string(most_bytes) +
                   " are supported");
  return {std::nullopt, problems.take()};
}

} // namespace

reading parse_config_map(const std::map<std::string, std::string>& data) {
  std::size_t size = 0;
  for (const auto& [key, value] : data)
    size += key.size() + value.size();
  if (size > most_bytes)
    return too_big(size);
  std::vector<setting> settings;
  for (const auto& [key, value] : data)
    settings.push_back({key, YAML::Node{normalized(value)}, {}, YAML::Mark::null_mark()});
  return reader{std::move(settings), {}}.read();
}

reading parse_file(std::string_view text) {
  if (text.size() > most_bytes)
    return too_big(text.size());
  const auto document = normalized(text);
  problem_list problems;
  auto root = load(document, "", {}, problems);
  if (problems.fatal())
    return {std::nullopt, problems.take()};
  const auto refused = [&](const YAML::Node& at, std::string message) -> reading {
    problems.add(severity::fatal, "", at.Mark(), {}, "", std::move(message));
    return {std::nullopt, problems.take()};
  };
  if (!root.IsMap())
    return refused(root, "must be a mapping: the manifest of a ConfigMap, or its data");
  if (root["kind"]) {
    if (!root["kind"].IsScalar() || root["kind"].Scalar() != "ConfigMap")
      return refused(root["kind"], "must be a ConfigMap");
    const YAML::Node data = root["data"];
    if (!data || !data.IsMap())
      return refused(root, "the ConfigMap has no `data`");
    root.reset(data);
  }
  std::vector<setting> settings;
  for (const auto& item : root) {
    if (!item.first.IsScalar())
      return refused(item.first, "a key must be a text");
    const auto key = item.first.Scalar();
    if (std::any_of(settings.begin(), settings.end(),
                    [&](const setting& s) { return s.key == key; }))
      return refused(item.first, "the key " + shortened(key) + " is given twice");
    const auto where = item.second.IsScalar() ? place_of(item.second, document) : place{};
    settings.push_back({key, item.second, where, item.first.Mark()});
  }
  return reader{std::move(settings), std::move(problems)}.read();
}

} // namespace acr::config
