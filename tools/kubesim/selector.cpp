#include "tools/kubesim/selector.hpp"

#include <algorithm>
#include <optional>

namespace acr::kubesim {

namespace json = boost::json;

namespace {

constexpr std::string_view operators = "in, notin, =, ==, !=, gt, lt";

/// The words and signs of a label selector.
class lexer {
public:
  explicit lexer(std::string_view text) : rest_{text} {}

  std::string next() {
    while (rest_.starts_with(' '))
      rest_.remove_prefix(1);
    if (rest_.empty())
      return {};
    for (const std::string_view sign : {"==", "!=", "=", "!", ",", "(", ")", ">", "<"})
      if (rest_.starts_with(sign))
        return take(sign.size());
    return take(std::min(rest_.find_first_of(" =!,()<>"), rest_.size()));
  }

  std::string peek() const { return lexer{*this}.next(); }

private:
  std::string take(std::size_t size) {
    std::string out{rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return out;
  }
  std::string_view rest_;
};

refusal unparsable(const std::string& why) {
  return bad_request("unable to parse requirement: " + why);
}

bool is_sign(const std::string& token) {
  return token.empty() || std::string_view{"=!,()<>"}.find(token[0]) != std::string_view::npos;
}

} // namespace

std::string text_at(const json::object& object, std::string_view path) {
  const auto* at = &object;
  while (true) {
    const auto dot = path.find('.');
    const auto* value = at->if_contains(path.substr(0, dot));
    if (!value)
      return {};
    if (dot == std::string_view::npos)
      return value->is_string() ? std::string{value->get_string()} : std::string{};
    if (!value->is_object())
      return {};
    at = &value->get_object();
    path.remove_prefix(dot + 1);
  }
}

selector::selector(const resource& what, std::string_view labels, std::string_view fields) {
  read_labels(labels);
  read_fields(what, fields);
}

void selector::read_labels(std::string_view text) {
  lexer from{text};
  while (!from.peek().empty()) {
    requirement item;
    const bool absent = from.peek() == "!";
    if (absent)
      from.next();
    item.key = from.next();
    if (is_sign(item.key))
      throw unparsable("found '" + item.key + "', expected: identifier");
    const auto sign = from.peek();
    if (absent) {
      item.how = test::absent;
    } else if (sign.empty() || sign == ",") {
      item.how = test::exists;
    } else if (sign == "=" || sign == "==" || sign == "!=" || sign == ">" || sign == "<") {
      from.next();
      item.how = sign == "!="  ? test::is_not
                 : sign == ">" ? test::greater
                 : sign == "<" ? test::less
                               : test::is;
      const auto value = from.peek();
      item.values.push_back(value.empty() || value == "," ? std::string{} : from.next());
    } else if (sign == "in" || sign == "notin") {
      from.next();
      item.how = sign == "in" ? test::in : test::not_in;
      if (from.next() != "(")
        throw unparsable("found '" + from.peek() + "' expected: '('");
      while (from.peek() != ")") {
        if (from.peek().empty())
          throw unparsable("found '', expected: ',' or ')'");
        if (from.peek() == ",")
          from.next();
        else
          item.values.push_back(from.next());
      }
      from.next();
    } else {
      throw unparsable("found '" + sign + "', expected: " + std::string{operators});
    }
    labels_.push_back(std::move(item));
    const auto end = from.next();
    if (!end.empty() && end != ",")
      throw unparsable("found '" + end + "', expected: ',' or 'end of string'");
  }
}

void selector::read_fields(const resource& what, std::string_view text) {
  while (!text.empty()) {
    auto item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    if (item.empty())
      continue;
    const auto sign = item.find('=');
    if (sign == std::string_view::npos)
      throw bad_request("invalid selector: '" + std::string{item} + "'; can't understand '" +
                        std::string{item} + "'");
    requirement made;
    const bool negated = sign > 0 && item[sign - 1] == '!';
    made.how = negated ? test::is_not : test::is;
    made.key = item.substr(0, negated ? sign - 1 : sign);
    item.remove_prefix(sign + 1);
    if (!negated && item.starts_with('='))
      item.remove_prefix(1);
    made.values.emplace_back(item);
    const bool known = made.key == "metadata.name" ||
                       (made.key == "metadata.namespace" && what.namespaced) ||
                       std::find(what.selectable.begin(), what.selectable.end(), made.key) !=
                           what.selectable.end() ||
                       (what.plural == "namespaces" && made.key == "name");
    if (!known && what.selectable.empty())
      throw bad_request(quoted(made.key) + " is not a known field selector: only " +
                        quoted("metadata.name") + ", " + quoted("metadata.namespace"));
    if (!known)
      throw bad_request("field label not supported: " + made.key);
    fields_.push_back(std::move(made));
  }
}

bool selector::matches(const json::object& object) const {
  const auto holds = [](const requirement& item, const std::optional<std::string>& value) {
    const auto listed =
        value && std::find(item.values.begin(), item.values.end(), *value) != item.values.end();
    switch (item.how) {
    case test::is:
    case test::in:
      return listed;
    case test::is_not:
    case test::not_in:
      return !listed;
    case test::exists:
      return value.has_value();
    case test::absent:
      return !value.has_value();
    case test::greater:
      return value && std::atoll(value->c_str()) > std::atoll(item.values[0].c_str());
    case test::less:
      return value && std::atoll(value->c_str()) < std::atoll(item.values[0].c_str());
    }
    return false;
  };
  for (const auto& item : fields_)
    if (!holds(item, text_at(object, item.key)))
      return false;
  if (labels_.empty())
    return true;
  const auto* metadata = object.if_contains("metadata");
  const auto* labels =
      metadata && metadata->is_object() ? metadata->get_object().if_contains("labels") : nullptr;
  return std::all_of(labels_.begin(), labels_.end(), [&](const requirement& item) {
    const auto* value =
        labels && labels->is_object() ? labels->get_object().if_contains(item.key) : nullptr;
    return holds(item, value && value->is_string() ? std::optional{std::string{value->get_string()}}
                                                   : std::nullopt);
  });
}

std::string selector::single_name() const {
  for (const auto& item : fields_)
    if (item.key == "metadata.name" && item.how == test::is)
      return item.values[0];
  return {};
}

std::string name_asked_for(const resource& what, std::string_view fields) {
  try {
    return selector{what, {}, fields}.single_name();
  } catch (const refusal&) {
    return {};
  }
}

} // namespace acr::kubesim
