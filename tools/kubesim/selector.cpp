#include "tools/kubesim/selector.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "tools/kubesim/names.hpp"

namespace acr::kubesim {

namespace json = boost::json;

/// The tokens of a label selector.
class selector::lexer {
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

namespace {

bool is_sign(const std::string& token) {
  return token.empty() || std::string_view{"=!,()<>"}.find(token[0]) != std::string_view::npos;
}

refusal found(const std::string& token, const std::string& expected) {
  return bad_request("unable to parse requirement: found '" + token + "'" + expected);
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

selector::selector(std::string_view labels, std::string_view fields) {
  read_labels(labels);
  read_fields(fields);
}

void selector::read_labels(std::string_view text) {
  lexer from{text};
  while (true) {
    if (from.peek().empty())
      return;
    if (from.peek() != "!" && is_sign(from.peek()))
      throw bad_request("found '" + from.peek() + "', expected: !, identifier, or 'end of string'");
    labels_.push_back(read_requirement(from));
    const auto end = from.next();
    if (end.empty())
      return;
    if (end != ",")
      throw bad_request("found '" + end + "', expected: ',' or 'end of string'");
    if (from.peek() != "!" && is_sign(from.peek()))
      throw bad_request("found '" + from.peek() + "', expected: identifier after ','");
  }
}

selector::requirement selector::read_requirement(lexer& from) {
  requirement out;
  const bool absent = from.peek() == "!";
  if (absent)
    from.next();
  out.key = from.next();
  if (is_sign(out.key))
    throw found(out.key, ", expected: identifier");
  check_key(out.key);
  const auto sign = from.peek();
  if (absent || sign.empty() || sign == ",") {
    out.how = absent ? test::absent : test::exists;
    return out;
  }
  static const std::map<std::string, test> operators{
      {"=", test::is},         {"==", test::is},     {"!=", test::is_not}, {"in", test::in},
      {"notin", test::not_in}, {">", test::greater}, {"<", test::less}};
  const auto known = operators.find(from.next());
  if (known == operators.end())
    throw found(sign, ", expected: in, notin, =, ==, !=, gt, lt");
  out.how = known->second;
  out.values = out.how == test::in || out.how == test::not_in ? read_values(from)
                                                              : std::vector{read_value(from)};
  check_values(out);
  return out;
}

std::string selector::read_value(lexer& from) {
  if (from.peek().empty() || from.peek() == ",")
    return {};
  auto value = from.next();
  if (is_sign(value))
    throw found(value, ", expected: identifier");
  return value;
}

/// Parses `(a,b)`; an empty place is an empty text.
std::vector<std::string> selector::read_values(lexer& from) {
  if (const auto sign = from.next(); sign != "(")
    throw found(sign, " expected: '('");
  std::set<std::string> out;
  if (from.peek() == ")") {
    from.next();
    return {};
  }
  if (is_sign(from.peek()) && from.peek() != ",")
    throw found(from.peek(), ", expected: ',', ')' or identifier");
  while (true) {
    const auto token = from.next();
    if (token == ",") {
      if (out.empty())
        out.insert("");
      if (from.peek() == ",") {
        from.next();
        out.insert("");
      }
    } else if (is_sign(token)) {
      throw found(token, ", expected: ',', or identifier");
    } else {
      out.insert(token);
      if (from.peek() != "," && from.peek() != ")")
        throw found(from.peek(), ", expected: ',' or ')'");
      if (from.peek() == ",")
        continue;
    }
    if (from.peek() == ")") {
      if (token == ",")
        out.insert("");
      from.next();
      return {out.begin(), out.end()};
    }
  }
}

void selector::check_key(const std::string& key) {
  const auto wrong = label_key_problems(key);
  if (!wrong.empty())
    throw bad_request("unable to parse requirement: key: Invalid value: " + as_go_quotes(key) +
                      ": " + join(wrong, "; "));
}

void selector::check_values(const requirement& item) {
  std::vector<std::string> found_problems;
  if ((item.how == test::in || item.how == test::not_in) && item.values.empty())
    found_problems.emplace_back(
        "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
  const bool number = item.how == test::greater || item.how == test::less;
  for (std::size_t i = 0; i < item.values.size(); ++i) {
    const auto& value = item.values[i];
    if (number && (value.empty() || value.find_first_not_of("0123456789") != std::string::npos))
      found_problems.push_back("values[" + std::to_string(i) +
                               "]: Invalid value: " + as_go_quotes(value) +
                               ": for 'Gt', 'Lt' operators, the value must be an integer");
    for (const auto& why : label_value_problems(value))
      found_problems.push_back("values[" + std::to_string(i) + "][" + item.key +
                               "]: Invalid value: " + as_go_quotes(value) + ": " + why);
  }
  if (found_problems.size() == 1)
    throw bad_request("unable to parse requirement: " + found_problems[0]);
  if (!found_problems.empty())
    throw bad_request("unable to parse requirement: [" + join(found_problems, ", ") + "]");
}

void selector::read_fields(std::string_view text) {
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
    fields_.push_back(std::move(made));
  }
}

void selector::demand_known(const resource& what) const {
  for (const auto& item : fields_) {
    const bool known = item.key == "metadata.name" ||
                       (item.key == "metadata.namespace" && what.namespaced) ||
                       std::find(what.selectable.begin(), what.selectable.end(), item.key) !=
                           what.selectable.end() ||
                       (what.plural == "namespaces" && item.key == "name");
    if (!known && what.selectable.empty())
      throw bad_request(as_go_quotes(item.key) + " is not a known field selector: only " +
                        as_go_quotes("metadata.name") + ", " + as_go_quotes("metadata.namespace"));
    if (!known)
      throw bad_request("field label not supported: " + item.key);
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

} // namespace acr::kubesim
