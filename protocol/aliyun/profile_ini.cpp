// `~/.alibabacloud/credentials`: a section for each profile, with `type` and its settings.
#include <algorithm>
#include <map>
#include <string_view>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>

#include "protocol/aliyun/profile_values.hpp"
#include "protocol/text.hpp"

namespace acr::aliyun {

namespace {

constexpr auto usable_types = "access_key, sts, ram_role_arn, ecs_ram_role, oidc_role_arn";

using section = std::map<std::string, secret_string>;

/// Without a trailing comment (a `#` or `;` after a blank), and without quotes around it.
std::string_view value_in(std::string_view text) {
  text = trim_ascii(text);
  if (!text.empty() && (text.front() == '"' || text.front() == '\''))
    if (const auto end = text.find(text.front(), 1); end != std::string_view::npos)
      return text.substr(1, end - 1);
  for (std::size_t at = 0; at < text.size(); ++at)
    if ((text[at] == '#' || text[at] == ';') &&
        (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\t'))
      return trim_ascii(text.substr(0, at));
  return text;
}

failure refused_line(std::size_t number, const std::string& why) {
  return make_failure(errc::config_bad, "profile", "line " + std::to_string(number) + ": " + why);
}

/// Of duplicate names or keys the last counts, as in the vendor's readers.
result<std::map<std::string, section>> parse(std::string_view text) {
  std::map<std::string, section> sections;
  section* current = nullptr;
  if (text.starts_with("\xEF\xBB\xBF"))
    text.remove_prefix(3);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trim_ascii(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#' || line.front() == ';')
      continue;
    if (line.front() == '[') {
      const auto close = line.find(']');
      if (close == std::string_view::npos)
        return refused_line(number, "the name of a profile has no end: `]` is missing");
      current = &sections[std::string{trim_ascii(line.substr(1, close - 1))}];
      continue;
    }
    const auto sign = line.find_first_of("=:");
    if (sign == std::string_view::npos)
      return refused_line(number, "is neither a [profile] nor a `key = value`");
    if (current == nullptr)
      return refused_line(number, "stands before the first [profile]");
    const auto key = boost::to_lower_copy(std::string{trim_ascii(line.substr(0, sign))});
    (*current)[key] = secret_string{value_in(line.substr(sign + 1))};
  }
  return sections;
}

profile_role role(profile_values& values) {
  profile_role out;
  out.arn = values.role_arn("role_arn");
  out.session_name = values.text("role_session_name", "ALIBABA_CLOUD_ROLE_SESSION_NAME");
  out.external_id = values.text("external_id");
  out.policy = values.text("policy");
  return out;
}

profile understood(profile_values& values) {
  profile out;
  const auto type = values.text("type");
  if (boost::iequals(values.text("enable"), "false")) {
    values.refuse(errc::unavailable, "is disabled: `enable` is false");
  } else if (type == "access_key" || type == "sts") {
    out.key = values.key("security_token", type == "sts");
  } else if (type == "ram_role_arn") {
    out.key = values.key("security_token", false);
    out.roles.push_back(role(values));
  } else if (type == "ecs_ram_role") {
    out.from = profile::source::worker_role;
    out.worker_role = values.role_name("role_name");
  } else if (type == "oidc_role_arn") {
    out.from = profile::source::oidc;
    out.oidc_role = role(values);
    out.oidc_provider_arn = values.provider_arn("oidc_provider_arn");
    out.oidc_token_file = values.token_file("oidc_token_file_path");
  } else {
    values.refuse_key("type", unusable(type, usable_types));
  }
  return out;
}

} // namespace

result<profile> read_ini_profile(const secret_string& text, const std::string& name,
                                 const environment_reader& environment) {
  const auto sections = parse(text.reveal());
  if (!sections)
    return sections.error();
  const std::string wanted = name.empty() ? "default" : name;
  const auto found = sections->find(wanted);
  if (found == sections->end()) {
    std::vector<std::string> known;
    for (const auto& item : *sections)
      known.push_back(item.first);
    return no_such_profile(wanted, known);
  }
  profile_values values{wanted,
                        [&keys = found->second](const std::string& key) {
                          const auto value = keys.find(key);
                          return value == keys.end() ? secret_string{} : value->second;
                        },
                        environment};
  auto out = understood(values);
  if (values.error())
    return *values.error();
  return out;
}

} // namespace acr::aliyun
