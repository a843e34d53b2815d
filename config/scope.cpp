#include "config/scope.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/algorithm/string/predicate.hpp>

#include "config/listed.hpp"
#include "config/parse.hpp"
#include "config/values.hpp"
#include "protocol/dns_name.hpp"

namespace acr::config {

namespace {

class scope_reader {
public:
  scope_reader(const std::string& key, scope_of what, severity refusal, problem_list& problems)
      : key_{key}, what_{what}, refusal_{refusal}, problems_{problems} {}

  std::optional<selection> read(const node& value, bool with_mapping) {
    if (const auto inner = with_mapping ? mapping_within(value) : std::nullopt)
      return read(*inner, true);
    if (value.is_mapping() && with_mapping && value.keys.size() == 1 &&
        value.keys.front().text == "names" && !value.items.front().is_mapping())
      return names(value.items.front(), value.at, false);
    if (value.is_mapping() && with_mapping)
      return refuse(value.at, "",
                    "must be `all`, names with commas between them, a list of names, or the "
                    "mapping `names: [...]`");
    return names(value, value.at, true);
  }

private:
  /// The mapping in the text of a ConfigMap's key.
  static std::optional<node> mapping_within(const node& value) {
    const auto start = trimmed(value.text);
    if (!value.is_text() || !(start.starts_with('{') || start.starts_with("names:")))
      return std::nullopt;
    problem_list untold; // if it is no mapping, it is reported as an invalid name
    auto inner = load(value.text, "", value.inside, untold);
    return inner && inner->is_mapping() ? std::move(inner) : std::nullopt;
  }

  std::nullopt_t refuse(position at, std::string_view value, std::string message) {
    problems_.add(refusal_, key_, at, value, std::move(message));
    return std::nullopt;
  }
  void warn(position at, std::string_view value, std::string message) {
    problems_.add(severity::warning, key_, at, value, std::move(message));
  }

  std::optional<selection> names(const node& value, position at, bool words) {
    const auto listed = value.is_null() ? listed_texts{} : read_listed(value, most_names);
    if (!listed)
      return refuse(at, "", "must be a text with commas between the names, or a list of them");
    const auto& items = listed->items;
    if (items.empty())
      return refuse(
          at, trimmed(value.text),
          std::string{"names nothing: give at least one name, or leave the key out for "} +
              (refusal_ == severity::fatal ? "`default`" : "all that are served"));
    if (items.size() > most_names)
      return refuse(at, trimmed(value.text),
                    "has " + std::to_string(items.size()) + " names: at most " +
                        std::to_string(most_names) + " are supported");
    if (listed->empty.line > 0)
      warn(listed->empty, "", "an empty item is ignored");
    if (listed->full_width.line > 0)
      warn(listed->full_width, "", "a full-width comma is read as a comma");
    selection chosen;
    bool good = true;
    for (const auto& item : items)
      good = add(item, words, chosen) && good;
    if (chosen.all && (!chosen.names.empty() || !chosen.patterns.empty()))
      return refuse(at, trimmed(value.text),
                    "use either `all` or names; to exclude some, write `all,!kube-*`");
    if (good && !chosen.open() && chosen.names.empty())
      return refuse(at, trimmed(value.text), "excludes names and selects none: begin with `all`");
    sorted(chosen.names);
    sorted(chosen.patterns);
    sorted(chosen.excluded);
    std::erase_if(chosen.names, [&](const auto& name) {
      return !selection{true, {}, {}, chosen.excluded}.contains(name);
    });
    if (!chosen.open())
      chosen.excluded.clear();
    if (good && !chosen.open() && chosen.names.empty())
      return refuse(at, trimmed(value.text), "excludes all that it names");
    return good ? std::optional{std::move(chosen)} : std::nullopt;
  }

  static void sorted(std::vector<std::string>& list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }

  bool add(const listed_text& item, bool words, selection& chosen) {
    const std::string_view text = item.text;
    if (words && (text == "*" || boost::iequals(text, "all"))) {
      chosen.all = true;
      return true;
    }
    if (words && boost::iequals(text, "default")) {
      chosen.names.emplace_back("default");
      return true;
    }
    if (words && text.starts_with('!'))
      return exclude(item, chosen);
    if (words && text.find('*') != std::string_view::npos && valid_pattern(text)) {
      chosen.patterns.emplace_back(text);
      return true;
    }
    if (!valid(text)) {
      refuse(item.at, text,
             std::string{"cannot be a name in Kubernetes: "} + form() +
                 (text.find(' ') != std::string_view::npos ? "; put commas between names" : ""));
      return false;
    }
    if (words && (text == "true" || text == "false"))
      warn(item.at, text,
           std::string{"is this name meant? A tool writes it for "} +
               (text == "true" ? "`on`, `yes` or `y`" : "`off`, `no` or `n`") + " without quotes");
    chosen.names.emplace_back(text);
    return true;
  }

  bool exclude(const listed_text& item, selection& chosen) {
    std::string name{trimmed(std::string_view{item.text}.substr(1))};
    if (boost::iequals(name, "default"))
      name = "default";
    const bool everything = boost::iequals(name, "all") || name == "*";
    if (everything || !(valid(name) || valid_pattern(name))) {
      refuse(item.at, item.text,
             everything ? "excludes all there is"
                        : std::string{"must exclude a name or a pattern: "} + form() +
                              ", `*` for any of them");
      return false;
    }
    chosen.excluded.push_back(std::move(name));
    return true;
  }

  /// A name with `*` in it. Replacing each `*` by a letter must give a valid name.
  bool valid_pattern(std::string_view text) const {
    std::string name{text};
    std::replace(name.begin(), name.end(), '*', 'x');
    return valid(name);
  }
  bool valid(std::string_view text) const {
    return what_ == scope_of::namespaces ? valid_dns_label(text) : valid_dns_name(text);
  }
  const char* form() const {
    return what_ == scope_of::namespaces ? "1 to 63 lower-case letters, digits and `-`"
                                         : "lower-case letters, digits, `-` and `.`";
  }

  const std::string& key_;
  scope_of what_;
  severity refusal_;
  problem_list& problems_;
};

} // namespace

selection read_scope(const node& value, const std::string& key, scope_of what, bool with_mapping,
                     const selection& otherwise, problem_list& problems) {
  if (value.is_null() || (value.is_text() && trimmed(value.text).empty())) {
    if (!value.text.empty())
      problems.add(severity::warning, key, value.at, "",
                   "is blank: `default` is meant, as without it");
    return otherwise;
  }
  return scope_reader{key, what, severity::fatal, problems}
      .read(value, with_mapping)
      .value_or(otherwise);
}

std::optional<selection> read_limit(const node& value, const std::string& key, bool with_mapping,
                                    problem_list& problems) {
  if (value.is_null() || (value.is_text() && trimmed(value.text).empty())) {
    problems.add(severity::entry_rejected, key, value.at, "",
                 "is blank: name the namespaces, or leave the field out for all that are served");
    return std::nullopt;
  }
  return scope_reader{key, scope_of::namespaces, severity::entry_rejected, problems}.read(
      value, with_mapping);
}

} // namespace acr::config
