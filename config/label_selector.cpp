#include "config/label_selector.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "config/parse.hpp"
#include "config/values.hpp"
#include "protocol/dns_name.hpp"

namespace acr::config {

namespace {

using is = label_requirement::is;

constexpr std::array operators{is::in, is::not_in, is::exists, is::does_not_exist};

bool alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// The name in a key, or a value that is not empty.
bool valid_word(std::string_view text) {
  constexpr std::size_t most = 63;
  return !text.empty() && text.size() <= most && alphanumeric(text.front()) &&
         alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
           return alphanumeric(c) || c == '-' || c == '_' || c == '.';
         });
}

bool valid_key(std::string_view text) {
  const auto slash = text.find('/');
  return slash == std::string_view::npos
             ? valid_word(text)
             : valid_dns_name(text.substr(0, slash)) && valid_word(text.substr(slash + 1));
}

class selector_reader {
public:
  selector_reader(const std::string& key, problem_list& problems)
      : key_{key}, problems_{problems} {}

  std::optional<label_selector> read(const node& value) {
    constexpr std::array<std::string_view, 2> fields{"matchLabels", "matchExpressions"};
    if (!value.is_mapping()) {
      refuse(value, "must be a mapping with matchLabels, matchExpressions, or both");
      return std::nullopt;
    }
    each(value, fields, [&](std::size_t field, const node& given) {
      field == 0 ? labels(given) : expressions(given);
    });
    if (good_ && out_.empty())
      refuse(value, "selects by no label: leave it out for all namespaces");
    return good_ ? std::optional{std::move(out_)} : std::nullopt;
  }

private:
  void refuse(const node& at, std::string message) {
    good_ = false;
    problems_.add(severity::fatal, key_, at.at, trimmed(at.text), std::move(message));
  }

  /// Calls `use` with the number of each field that is given. Others are wrong: without one of its
  /// terms a selector selects more.
  template <std::size_t N, class Use>
  void each(const node& mapping, const std::array<std::string_view, N>& fields, Use use) {
    std::array<bool, N> seen{};
    for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
      const auto& name = mapping.keys[i];
      const auto* const found = std::find(fields.begin(), fields.end(), name.text);
      const auto number = static_cast<std::size_t>(found - fields.begin());
      if (number == N)
        refuse(name, "unknown field" + did_you_mean(name.text, fields));
      else if (std::exchange(seen.at(number), true))
        refuse(name, "is given twice");
      else
        use(number, mapping.items[i]);
    }
  }

  void add(const node& key, is what, std::vector<std::string> values) {
    if (!key.is_text() || !valid_key(key.text))
      return refuse(key, "cannot be the key of a label");
    if (out_.all.size() >= most_names)
      return refuse(key, "more than " + std::to_string(most_names) + " terms are not supported");
    std::sort(values.begin(), values.end());
    out_.all.push_back({key.text, what, std::move(values)});
  }

  bool valid_value(const node& value) {
    const bool good =
        value.is_null() || (value.is_text() && (value.text.empty() || valid_word(value.text)));
    if (!good)
      refuse(value, "cannot be the value of a label: at most 63 letters, digits, `-`, `_` and `.`");
    return good;
  }

  void labels(const node& given) {
    if (given.is_null())
      return;
    if (!given.is_mapping())
      return refuse(given, "matchLabels must be a mapping of labels to their values");
    for (std::size_t i = 0; i < given.keys.size(); ++i)
      if (valid_value(given.items[i]))
        add(given.keys[i], is::in, {given.items[i].text});
  }

  void expressions(const node& given) {
    if (given.is_null())
      return;
    if (!given.is_list())
      return refuse(given, "matchExpressions must be a list: begin each with `- key: ...`");
    for (const auto& item : given.items)
      expression(item);
  }

  void expression(const node& item) {
    constexpr std::array<std::string_view, 3> fields{"key", "operator", "values"};
    if (!item.is_mapping())
      return refuse(item, "must be a mapping with key, operator and values");
    std::array<const node*, 3> given{};
    each(item, fields, [&](std::size_t field, const node& value) { given.at(field) = &value; });
    const auto [key, written, values] = given;
    if (key == nullptr || written == nullptr)
      return refuse(item, "needs key and operator");
    const auto* const what =
        std::find_if(operators.begin(), operators.end(),
                     [&, text = written](is one) { return to_string(one) == text->text; });
    if (what == operators.end())
      return refuse(*written, "must be In, NotIn, Exists or DoesNotExist");
    const bool needs_values = *what == is::in || *what == is::not_in;
    std::vector<std::string> list;
    if (values != nullptr && values->is_list())
      for (const auto& value : values->items)
        if (valid_value(value))
          list.push_back(value.text);
    if (values != nullptr && !values->is_null() && !values->is_list())
      return refuse(*values, "values must be a list");
    if (needs_values == list.empty() && good_)
      return refuse(item, needs_values ? "needs values with In and NotIn"
                                       : "takes no values with Exists and DoesNotExist");
    add(*key, *what, std::move(list));
  }

  const std::string& key_;
  problem_list& problems_;
  label_selector out_;
  bool good_ = true;
};

} // namespace

std::optional<label_selector> read_label_selector(const node& value, const std::string& key,
                                                  problem_list& problems) {
  return selector_reader{key, problems}.read(value);
}

} // namespace acr::config
