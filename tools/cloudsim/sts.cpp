#include "tools/cloudsim/sts.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

#include <boost/json/array.hpp>

namespace acr::cloudsim {

namespace {

namespace json = boost::json;

constexpr auto missing = "MissingParameter.";
constexpr std::string_view assume = "sts:AssumeRole";

refusal bad_parameter(std::string_view name, const std::string& message) {
  return refusal{400, "InvalidParameter." + std::string{name}, message};
}

bool consists_of(std::string_view text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           extra.find(c) != std::string_view::npos;
  });
}

bool is_role_arn(std::string_view arn) {
  constexpr std::string_view prefix = "acs:ram::";
  const auto kind = arn.find(":role/");
  if (!arn.starts_with(prefix) || kind == std::string_view::npos || kind <= prefix.size())
    return false;
  const auto home = arn.substr(prefix.size(), kind - prefix.size());
  const auto name = arn.substr(kind + 6);
  return home.find_first_not_of("0123456789") == std::string_view::npos && !name.empty() &&
         consists_of(name, ".-_");
}

/// The common parameters of AssumeRole and AssumeRoleWithOIDC.
struct session_wish {
  std::string role_arn;
  std::string name;
  std::chrono::seconds duration{3600};
  std::optional<policy> narrowed;
};

std::chrono::seconds read_duration(std::string_view text) {
  if (text.empty())
    return std::chrono::seconds{3600};
  long seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 900 || seconds > 43200)
    throw bad_parameter("DurationSeconds", "The Min/Max value of DurationSeconds is 15min/1hr.");
  return std::chrono::seconds{seconds};
}

std::optional<policy> read_session_policy(const setting& at) {
  const std::string text{value_of(at.what.all, "Policy")};
  if (text.empty())
    return std::nullopt;
  if (text.size() > 2048)
    throw bad_parameter("PolicySize", "The size of policy must be smaller than 2048 bytes.");
  auto parsed = parse_policy_json(text);
  if (!parsed)
    throw bad_parameter("PolicyGrammar", "The parameter Policy has not passed grammar check.");
  return std::move(*parsed);
}

session_wish read_wish(const setting& at) {
  const auto type = find_header(at.from.headers, "content-type");
  if (!at.from.body.empty() && !lower(type).starts_with("application/x-www-form-urlencoded"))
    throw bad_parameter("ContentType",
                        "The Content-Type must be application/x-www-form-urlencoded.");
  session_wish out;
  out.role_arn = needed(at, "RoleArn", missing);
  if (!is_role_arn(out.role_arn))
    throw bad_parameter("RoleArn", "The parameter RoleArn is wrongly formed.");
  out.name = needed(at, "RoleSessionName", missing);
  if (out.name.size() < 2 || out.name.size() > 64 || !consists_of(out.name, ".@-_"))
    throw bad_parameter("RoleSessionName", "The parameter RoleSessionName is wrongly formed.");
  out.duration = read_duration(value_of(at.what.all, "DurationSeconds"));
  out.narrowed = read_session_policy(at);
  return out;
}

/// Parameters that only AssumeRole has, some of which are only checked for their form.
policy_context read_conditions(const setting& at) {
  policy_context out;
  if (const auto id = value_of(at.what.all, "ExternalId"); !id.empty()) {
    if (id.size() < 2 || id.size() > 1224 || !consists_of(id, "=,.@:/-_"))
      throw bad_parameter("ExternalId", "The parameter ExternalId is wrongly formed.");
    out.emplace_back("sts:ExternalId", id);
  }
  if (const auto id = value_of(at.what.all, "SourceIdentity"); !id.empty()) {
    if (id.size() < 2 || id.size() > 64 || !consists_of(id, "=,.@-_"))
      throw bad_parameter("SourceIdentity", "The parameter SourceIdentity is wrongly formed.");
    out.emplace_back("sts:SourceIdentity", id);
  }
  if (const auto id = value_of(at.what.all, "SerialNumber");
      !id.empty() && (!id.starts_with("acs:ram::") || id.find(":mfa/") == std::string_view::npos))
    throw bad_parameter("SerialNumber", "The parameter SerialNumber is wrongly formed.");
  if (const auto code = value_of(at.what.all, "TokenCode");
      !code.empty() &&
      (code.size() != 6 || code.find_first_not_of("0123456789") != std::string_view::npos))
    throw bad_parameter("TokenCode", "The parameter TokenCode is wrongly formed.");
  return out;
}

const role& find_role(const setting& at, const std::string& arn) {
  const auto* out = at.about.find_role(arn);
  if (!out)
    throw refusal{404, "EntityNotExist.Role", "The role not exists: " + arn + "."};
  return *out;
}

std::string account_of_arn(std::string_view arn) {
  arn.remove_prefix(std::string_view{"acs:ram::"}.size());
  return std::string{arn.substr(0, arn.find(':'))};
}

json::object open_session(const setting& at, const session_wish& wish, const role& as) {
  if (wish.duration > as.max_session)
    throw bad_parameter("DurationSeconds",
                        "The Min/Max value of DurationSeconds is 15min/1hr. (The role allows " +
                            std::to_string(as.max_session.count()) + "s.)");
  session about;
  about.account = account_of_arn(wish.role_arn);
  about.role_name = as.name;
  about.role_id = as.id;
  about.name = wish.name;
  about.ends = session_end(at.about.life, at.now, wish.duration);
  about.narrowed = wish.narrowed;
  const auto given = at.given.issue_session(std::move(about), at.now);
  json::object out;
  out["AssumedRoleUser"] = json::object{{"AssumedRoleId", as.id + ":" + wish.name},
                                        {"Arn", wish.role_arn + "/" + wish.name}};
  out["Credentials"] = json::object{{"AccessKeyId", given->key_id},
                                    {"AccessKeySecret", given->secret},
                                    {"SecurityToken", given->token},
                                    {"Expiration", to_rfc3339(given->ends)}};
  if (const auto id = value_of(at.what.all, "SourceIdentity"); !id.empty())
    out["SourceIdentity"] = id;
  return out;
}

const oidc_provider* provider_of(const setting& at) {
  return at.about.find_provider(value_of(at.what.all, "OIDCProviderArn"));
}

std::optional<identity_token> token_of(const setting& at) {
  const auto text = value_of(at.what.all, "OIDCToken");
  if (text.size() < 4 || text.size() > 20000)
    return std::nullopt;
  return read_identity_token(text);
}

refusal bad_token(const char* kind, const std::string& message) {
  return refusal{401, std::string{"AuthenticationFail.OIDCToken."} + kind, message};
}

void verify_token(const setting& at, const oidc_provider& by, const identity_token& token,
                  const issuer_keys& keys) {
  if (token.issuer != by.issuer)
    throw bad_token("IssuerNotMatch",
                    "The issuer in the OIDC Token doesn't match the OIDC Provider registered.");
  if (by.fingerprint_outdated)
    throw bad_token("PublicKeyFingerprintMismatch",
                    "The fingerprint of the issuer's certificate is not registered.");
  const auto* known = keys.find(by.issuer);
  if (!known || !*known)
    throw bad_token("IssuerConfigurationBroken",
                    "Get public keys from OIDC Provider failed, the issuer is " + by.issuer + ".");
  if (!(*known)->verifies(token))
    throw bad_token("Invalid", "This JsonWebToken is invalid.");
  if (*token.expires <= at.now)
    throw bad_token("Expired", "This JsonWebToken is expired.");
  if (token.not_before && *token.not_before > at.now + std::chrono::minutes{1})
    throw bad_token("Invalid", "This JsonWebToken is not valid yet.");
  const bool for_us =
      std::any_of(token.audience.begin(), token.audience.end(), [&](const std::string& client) {
        return std::find(by.client_ids.begin(), by.client_ids.end(), client) != by.client_ids.end();
      });
  if (!for_us)
    throw bad_token("AudienceNotMatch", "Invalid audience.");
}

} // namespace

std::optional<key_request> keys_needed(const setting& at, const issuer_keys& keys) {
  const auto* by = provider_of(at);
  const auto token = token_of(at);
  if (!by || !token || token->issuer != by->issuer || by->fingerprint_outdated)
    return std::nullopt; // refused without checking the keys
  const auto* known = keys.find(by->issuer);
  if (known && *known && (token->key_id.empty() || (*known)->knows(token->key_id)))
    return std::nullopt;
  return key_request{by->issuer, by->discovery_url, by->ca_pem};
}

json::object assume_role(const setting& at, const caller& who) {
  const auto wish = read_wish(at);
  const auto conditions = read_conditions(at);
  if (who.user == "root")
    throw denied("NoPermission", "Roles may not be assumed by root accounts.", assume,
                 verdict::denied_explicitly, "AccountLevelIdentityBasedPolicy");
  permit(at, who, assume, wish.role_arn, "NoPermission");
  const auto& as = find_role(at, wish.role_arn);
  const auto answer =
      trusts_ram(as.trust, {who.principal(), user_arn(who.account, "root")}, conditions);
  if (answer != verdict::allowed)
    throw denied("NoPermission",
                 "No permission perform sts:AssumeRole on this Role. Maybe you are not authorized "
                 "to perform sts:AssumeRole or the specified role does not trust you",
                 assume, answer, "AssumeRolePolicy");
  return open_session(at, wish, as);
}

json::object assume_role_with_oidc(const setting& at, const issuer_keys& keys) {
  const auto wish = read_wish(at);
  needed(at, "OIDCProviderArn", missing);
  needed(at, "OIDCToken", missing);
  const auto* by = provider_of(at);
  if (!by)
    throw refusal{401, "AuthenticationFail.NoPermission", "No such OIDC Provider registered."};
  const auto token = token_of(at);
  if (!token)
    throw bad_token("Invalid", "This JsonWebToken is invalid.");
  verify_token(at, *by, *token, keys);
  const auto& as = find_role(at, wish.role_arn);
  policy_context about{{"oidc:iss", token->issuer}, {"oidc:sub", token->subject}};
  for (const auto& client : token->audience)
    about.emplace_back("oidc:aud", client);
  if (trusts_federated(as.trust, value_of(at.what.all, "OIDCProviderArn"), about) !=
      verdict::allowed)
    throw refusal{401, "AuthenticationFail.NoPermission", "There is no permission"};
  auto out = open_session(at, wish, as);
  std::string clients;
  for (const auto& client : token->audience)
    clients.append(clients.empty() ? "" : ",").append(client);
  out["OIDCTokenInfo"] =
      json::object{{"Subject", token->subject},
                   {"Issuer", token->issuer},
                   {"ClientIds", clients},
                   {"ExpirationTime", to_rfc3339(*token->expires)},
                   {"IssuanceTime", token->issued ? to_rfc3339(*token->issued) : ""},
                   {"VerificationInfo", "Success"}};
  return out;
}

json::object caller_identity(const setting& at, const caller& who) {
  json::object out{{"AccountId", who.account}, {"Arn", who.arn()}};
  if (who.from) {
    out["IdentityType"] = "AssumedRoleUser";
    out["RoleId"] = who.from->role_id;
    out["PrincipalId"] = who.from->role_id + ":" + who.from->name;
    out["UserId"] = who.from->role_id + ":" + who.from->name;
    return out;
  }
  const auto owner = at.about.find_key(who.key_id);
  const auto id = who.user == "root" || !owner.owner ? who.account : owner.owner->id;
  out["IdentityType"] = who.user == "root" ? "Account" : "RAMUser";
  out["PrincipalId"] = id;
  out["UserId"] = id;
  return out;
}

} // namespace acr::cloudsim
