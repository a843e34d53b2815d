#include "protocol/aliyun/sts.hpp"

#include <optional>

#include "protocol/aliyun/fields.hpp"
#include "protocol/json.hpp"

namespace acr::aliyun {

namespace {

operation call(std::string action) {
  operation what;
  what.service = product::sts;
  what.version = "2015-04-01";
  what.action = std::move(action);
  return what;
}

parameters role_parameters(const role_request& role) {
  parameters all{{"RoleArn", role.role_arn},
                 {"RoleSessionName", role.session_name},
                 {"DurationSeconds", std::to_string(role.duration.count())}};
  if (!role.policy.empty())
    all.emplace_back("Policy", role.policy);
  return all;
}

} // namespace

operation assume_role(const role_request& role) {
  auto what = call("AssumeRole");
  what.query = role_parameters(role);
  if (!role.external_id.empty())
    what.query.emplace_back("ExternalId", role.external_id);
  return what;
}

operation assume_role_with_oidc(const role_request& role, const std::string& provider_arn,
                                const secret_string& token) {
  auto what = call("AssumeRoleWithOIDC");
  what.form = role_parameters(role);
  what.form.emplace_back("OIDCProviderArn", provider_arn);
  what.form.emplace_back("OIDCToken", std::string{token.reveal()});
  return what;
}

namespace {

/// `acs:ram::1:role/a/session` without the session.
std::string role_of_session(std::string_view arn) {
  const auto name = arn.find(":role/");
  return std::string{name == std::string_view::npos ? std::string_view{}
                                                    : arn.substr(0, arn.find('/', name + 6))};
}

} // namespace

result<credentials> read_session(const secret_string& body, wall_time now) {
  std::optional<failure> error;
  const auto failed = [&error] {
    error->step = "sts session";
    return *error;
  };
  const auto answer = parse_json_object(body.reveal());
  if (!answer) {
    error = answer.error();
    return failed();
  }
  field_reader top{*answer, "", error};
  const auto* found = top.object("Credentials");
  if (found == nullptr)
    return failed();
  field_reader fields{*found, "Credentials.", error};
  credentials session;
  session.access_key_id = fields.text("AccessKeyId");
  session.access_key_secret = fields.secret("AccessKeySecret");
  session.security_token = fields.secret("SecurityToken");
  session.expires_at = fields.time_after("Expiration", now);
  if (const auto* user = answer->if_contains("AssumedRoleUser"))
    session.role = role_of_session(string_at(user->if_object(), "Arn"));
  if (error)
    return failed();
  return session;
}

} // namespace acr::aliyun
