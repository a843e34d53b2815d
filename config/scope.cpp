#include "config/scope.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>

#include "config/listed.hpp"
#include "config/parse.hpp"
#include "config/values.hpp"
#include "protocol/dns_name.hpp"

namespace acr::config {

namespace {

class scope_reader {
public:
  scope_reader(const std::string& key, scope_of what, problem_list& problems)
      : key_{key}, what_{what}, problems_{problems} {}

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
  /// The mapping that the text of a ConfigMap's key holds.
  static std::optional<node> mapping_within(const node& value) {
    const auto start = trimmed(value.text);
    if (!value.is_text() || !(start.starts_with('{') || start.starts_with("names:")))
      return std::nullopt;
    problem_list untold; // then it is no mapping, but a name that cannot be
    auto inner = load(value.text, "", value.inside, untold);
    return inner && inner->is_mapping() ? std::move(inner) : std::nullopt;
  }

  std::nullopt_t refuse(position at, std::string_view value, std::string message) {
    problems_.add(severity::fatal, key_, at, value, std::move(message));
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
      return refuse(at, trimmed(value.text),
                    "names nothing: give at least one name, or leave the key out for `default`");
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
    if (chosen.all && !chosen.names.empty())
      return refuse(at, trimmed(value.text), "cannot hold `all` together with others: give either");
    std::sort(chosen.names.begin(), chosen.names.end());
    chosen.names.erase(std::unique(chosen.names.begin(), chosen.names.end()), chosen.names.end());
    return good ? std::optional{std::move(chosen)} : std::nullopt;
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

  bool valid(std::string_view text) const {
    return what_ == scope_of::namespaces ? valid_dns_label(text) : valid_dns_name(text);
  }
  const char* form() const {
    return what_ == scope_of::namespaces ? "1 to 63 lower-case letters, digits and `-`"
                                         : "lower-case letters, digits, `-` and `.`";
  }

  const std::string& key_;
  scope_of what_;
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
  return scope_reader{key, what, problems}.read(value, with_mapping).value_or(otherwise);
}

} // namespace acr::config
