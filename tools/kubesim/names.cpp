#include "tools/kubesim/names.hpp"

#include <algorithm>

#include "protocol/dns_name.hpp"

namespace acr::kubesim {

namespace {

constexpr const char* subdomain_rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr const char* label_rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr const char* value_rule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  "
    "or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
constexpr const char* config_key_rule =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
    "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
constexpr const char* qualified_rule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

bool lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool alnum(char c) { return lower_alnum(c) || (c >= 'A' && c <= 'Z'); }
bool key_sign(char c) { return alnum(c) || c == '-' || c == '_' || c == '.'; }

bool is_name_part(std::string_view text) {
  return !text.empty() && alnum(text.front()) && alnum(text.back()) &&
         std::all_of(text.begin(), text.end(), key_sign);
}

bool is_subdomain(std::string_view name) {
  while (true) {
    const auto part = name.substr(0, name.find('.'));
    // Not `valid_dns_label`: the server has no limit for a part here.
    if (part.empty() || !lower_alnum(part.front()) || !lower_alnum(part.back()) ||
        !std::all_of(part.begin(), part.end(), [](char c) { return lower_alnum(c) || c == '-'; }))
      return false;
    if (part.size() == name.size())
      return true;
    name.remove_prefix(part.size() + 1);
  }
}

void add_too_long(std::string_view text, std::size_t most, const char* unit, const char* prefix,
                  problems& to) {
  if (text.size() > most)
    to.push_back(std::string{prefix} + "must be no more than " + std::to_string(most) + unit);
}

problems qualified_problems(std::string_view key, const char* whole) {
  problems out;
  const auto slash = key.find('/');
  auto name = key;
  if (slash != std::string_view::npos) {
    const auto prefix = key.substr(0, slash);
    name = key.substr(slash + 1);
    if (name.find('/') != std::string_view::npos)
      return {std::string{whole} + " " + qualified_rule +
              " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"};
    if (prefix.empty())
      out.emplace_back("prefix part must be non-empty");
    else
      for (const auto& item : subdomain_problems(prefix))
        out.push_back("prefix part " + item);
  }
  if (name.empty())
    out.emplace_back("name part must be non-empty");
  add_too_long(name, 63, " characters", "name part ", out);
  if (!is_name_part(name))
    out.push_back(std::string{"name part "} + qualified_rule);
  return out;
}

} // namespace

problems subdomain_problems(std::string_view name) {
  problems out;
  add_too_long(name, 253, " characters", "", out);
  if (!is_subdomain(name))
    out.emplace_back(subdomain_rule);
  return out;
}

problems label_problems(std::string_view name) {
  problems out;
  add_too_long(name, 63, " characters", "", out);
  if (!valid_dns_label(name.substr(0, 63)))
    out.emplace_back(label_rule);
  return out;
}

problems path_segment_problems(std::string_view name) {
  problems out;
  if (name == "." || name == "..")
    return {"may not be '" + std::string{name} + "'"};
  for (const char sign : {'/', '%'})
    if (name.find(sign) != std::string_view::npos)
      out.push_back(std::string{"may not contain '"} + sign + "'");
  return out;
}

problems label_key_problems(std::string_view key) {
  return qualified_problems(key, "a valid label key");
}

problems annotation_key_problems(std::string_view key) {
  return qualified_problems(key, "a valid label key");
}

problems label_value_problems(std::string_view value) {
  problems out;
  add_too_long(value, 63, " bytes", "", out);
  if (!value.empty() && !is_name_part(value))
    out.emplace_back(value_rule);
  return out;
}

problems config_key_problems(std::string_view key) {
  problems out;
  add_too_long(key, 253, " characters", "", out);
  if (key.empty() || !std::all_of(key.begin(), key.end(), key_sign))
    out.emplace_back(config_key_rule);
  if (key == ".")
    out.emplace_back("must not be '.'");
  else if (key == "..")
    out.emplace_back("must not be '..'");
  else if (key.starts_with(".."))
    out.emplace_back("must not start with '..'");
  return out;
}

std::string join(const problems& list, std::string_view between) {
  std::string out;
  for (const auto& item : list)
    out.append(out.empty() ? "" : between).append(item);
  return out;
}

} // namespace acr::kubesim
