#include "config/webhook.hpp"

#include <array>
#include <charconv>
#include <set>
#include <string_view>

#include "config/values.hpp"

namespace acr::config {

namespace {

constexpr std::array<std::string_view, 4> fields{"enable", "failure-policy", "timeout-seconds",
                                                 "pods-with-own-list"};

bool is_seconds(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= 1 && number <= 30;
}

} // namespace

webhook_settings read_webhook(const node& value, const std::string& key, problem_list& problems) {
  webhook_settings out;
  // The rest of the configuration does not depend on it: an error here must not cost credentials.
  const auto refuse = [&](const node& at, const std::string& message) {
    problems.add(severity::warning, key, at.at, trimmed(at.text), message + "; ignored");
  };
  const auto flag = [&](const node& given, bool& into) {
    const auto read = given.is_text() ? parse_bool(given.text) : std::nullopt;
    if (!read)
      return refuse(given, "must be true or false");
    into = *read;
  };
  if (value.is_null())
    return out;
  if (!value.is_mapping()) {
    refuse(value, "must be a mapping such as `enable: true`");
    return out;
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < value.keys.size(); ++i) {
    const auto& name = value.keys[i];
    const auto& item = value.items[i];
    if (!seen.insert(name.text).second)
      problems.add(severity::warning, key, name.at, name.text, "is given twice; ignored");
    else if (name.text == "enable")
      flag(item, out.enabled);
    else if (name.text == "pods-with-own-list")
      flag(item, out.pods_with_own_list);
    else if (name.text == "failure-policy") {
      if (trimmed(item.text) != "Ignore" && trimmed(item.text) != "Fail")
        refuse(item, "must be Ignore or Fail");
    } else if (name.text == "timeout-seconds") {
      if (!is_seconds(trimmed(item.text)))
        refuse(item, "must be a number of seconds, 1 to 30");
    } else
      problems.add(severity::warning, key, name.at, name.text,
                   "unknown field, ignored" + did_you_mean(name.text, fields));
  }
  return out;
}

} // namespace acr::config
