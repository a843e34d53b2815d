#include "protocol/aliyun/arn.hpp"

#include <algorithm>

namespace acr::aliyun {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alnum(char c) { return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z'); }
bool is_name(char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; }

constexpr std::size_t max_session_name = 64;
constexpr std::size_t max_name = 128; // of a provider; roles have 64
constexpr std::size_t max_region = 40;

std::optional<ram_arn> parse(std::string_view text, std::string_view kind) {
  constexpr std::string_view prefix = "acs:ram::";
  if (!text.starts_with(prefix))
    return std::nullopt;
  text.remove_prefix(prefix.size());
  const auto colon = text.find(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  const auto account = text.substr(0, colon);
  auto name = text.substr(colon + 1);
  if (!name.starts_with(kind))
    return std::nullopt;
  name.remove_prefix(kind.size());
  if (account.empty() || !std::all_of(account.begin(), account.end(), is_digit) || name.empty() ||
      name.size() > max_name || !std::all_of(name.begin(), name.end(), is_name))
    return std::nullopt;
  return ram_arn{std::string{account}, std::string{name}};
}

} // namespace

std::optional<ram_arn> parse_role_arn(std::string_view text) { return parse(text, "role/"); }

std::optional<ram_arn> parse_oidc_provider_arn(std::string_view text) {
  return parse(text, "oidc-provider/");
}

bool plausible_region(std::string_view text) {
  if (text.size() > max_region || text.empty() || !is_lower(text.front()))
    return false;
  bool dash = false;
  char last = '-';
  for (const char c : text) {
    if (c == '-' ? last == '-' : !is_lower(c) && !is_digit(c))
      return false;
    dash = dash || c == '-';
    last = c;
  }
  return dash && last != '-';
}

std::string session_name(std::string_view wanted) {
  if (wanted.empty())
    return "acr-credential-helper";
  std::string name{wanted.substr(0, max_session_name)};
  for (auto& c : name)
    if (!is_name(c) && c != '@')
      c = '-';
  if (name.size() < 2)
    name += '-';
  return name;
}

std::vector<std::string> personal_domains(std::string_view region) {
  std::vector<std::string> hosts;
  for (const auto* kind : {"registry", "registry-vpc", "registry-internal"})
    hosts.push_back(std::string{kind} + '.' + std::string{region} + ".aliyuncs.com");
  return hosts;
}

} // namespace acr::aliyun
