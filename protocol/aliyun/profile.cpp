#include "protocol/aliyun/profile.hpp"

#include <algorithm>

#include "protocol/aliyun/answer.hpp"
#include "protocol/aliyun/arn.hpp"
#include "protocol/aliyun/profile_values.hpp"

namespace acr::aliyun {

namespace {

constexpr std::size_t names_told = 10;

/// Keys and tokens become parts of headers; a blank is a copying mistake.
bool one_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

} // namespace

std::string profile_values::text(const std::string& key) const {
  return std::string{find_(key).reveal()};
}

std::string profile_values::text(const std::string& key, const char* variable) const {
  auto value = text(key);
  return value.empty() ? environment_(variable) : value;
}

credentials profile_values::key(const std::string& token_key, bool token_needed) {
  credentials given;
  given.access_key_id = text("access_key_id");
  given.access_key_secret = secret("access_key_secret");
  given.security_token = secret(token_key);
  if (given.access_key_id.empty() && given.access_key_secret.empty())
    refuse(errc::unavailable, "holds no AccessKey");
  else if (given.access_key_id.empty())
    refuse_key("access_key_id", "is missing");
  else if (given.access_key_secret.empty())
    refuse_key("access_key_secret", "is missing");
  else if (token_needed && given.security_token.empty())
    refuse_key(token_key, "is missing");
  constexpr auto broken = "holds a blank or another character that no key has";
  if (!one_word(given.access_key_id))
    refuse_key("access_key_id", broken);
  if (!one_word(given.access_key_secret.reveal()))
    refuse_key("access_key_secret", broken);
  if (!one_word(given.security_token.reveal()))
    refuse_key(token_key, broken);
  return given;
}

std::string profile_values::role_name(const std::string& key) {
  auto role = text(key, "ALIBABA_CLOUD_ECS_METADATA");
  if (!one_word(role) || role.find_first_of("/?#%") != std::string::npos)
    refuse_key(key, "is not the name of a role");
  return role;
}

std::string profile_values::role_arn(const std::string& key) {
  auto arn = text(key, "ALIBABA_CLOUD_ROLE_ARN");
  if (arn.empty())
    refuse_key(key, "is missing");
  else if (!parse_role_arn(arn))
    refuse_key(key, "is not the ARN of a role: acs:ram::<account>:role/<name>");
  return arn;
}

std::string profile_values::provider_arn(const std::string& key) {
  auto arn = text(key, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN");
  if (arn.empty())
    refuse_key(key, "is missing");
  else if (!parse_oidc_provider_arn(arn))
    refuse_key(key, "is not the ARN of a provider: acs:ram::<account>:oidc-provider/<name>");
  return arn;
}

std::string profile_values::token_file(const std::string& key) {
  auto file = text(key, "ALIBABA_CLOUD_OIDC_TOKEN_FILE");
  if (file.empty())
    refuse_key(key, "is missing");
  return file;
}

void profile_values::refuse(errc code, const std::string& why) {
  if (!error_)
    error_ = make_failure(code, "profile", "the profile " + presentable(name_) + ": " + why);
}

failure no_such_profile(const std::string& name, const std::vector<std::string>& known) {
  std::string names;
  for (std::size_t i = 0; i < std::min(known.size(), names_told); ++i)
    names += (i == 0 ? "" : ", ") + presentable(known[i]);
  if (known.size() > names_told)
    names += ", ...";
  return make_failure(errc::unavailable, "profile",
                      "there is no profile " + presentable(name) +
                          (known.empty() ? ", nor any other" : " (there are: " + names + ")"));
}

std::string unusable(const std::string& word, const std::string& usable) {
  return "is " + (word.empty() ? "missing" : presentable(word)) + ", and must be one of " + usable;
}

result<profile> read_profile(profile_format format, const secret_string& text,
                             const std::string& name, const environment_reader& environment) {
  if (text.size() > max_profile_file)
    return make_failure(errc::config_bad, "profile", "the file is longer than 1 MiB");
  return format == profile_format::tool ? read_tool_profile(text, name, environment)
                                        : read_ini_profile(text, name, environment);
}

} // namespace acr::aliyun
