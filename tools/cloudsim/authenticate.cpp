#include "tools/cloudsim/authenticate.hpp"

#include <algorithm>

#include "protocol/aliyun/signature.hpp"

namespace acr::cloudsim {

namespace {

using namespace std::chrono_literals;

constexpr auto time_window = 15min; // each way

/// The claimed signer, and the secret to verify with.
struct claim {
  caller who;
  secret_string secret;
};

refusal incomplete(const std::string& what) {
  return refusal{400, "IncompleteSignature",
                 "The request signature does not conform to Aliyun standards: " + what};
}

claim find_claim(const setting& at, std::string_view token) {
  const auto& id = at.what.key_id;
  if (id.starts_with("STS.")) {
    if (token.empty())
      throw refusal{400, "MissingSecurityToken", "SecurityToken is mandatory for this action."};
    const auto of_token = at.given.find_session_by_token(token);
    if (!of_token)
      throw refusal{400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed."};
    if (of_token->key_id != id)
      throw refusal{400, "InvalidSecurityToken.MismatchWithAccessKey",
                    "Specified SecurityToken mismatches with the AccessKey."};
    if (of_token->ends <= at.now)
      throw refusal{at.about.how.expired_token_status, "InvalidSecurityToken.Expired",
                    "Specified SecurityToken is expired."};
    return {{id, of_token->account, "", of_token}, secret_string{std::string{of_token->secret}}};
  }
  const auto found = at.about.find_key(id);
  if (!found.key)
    throw refusal{404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."};
  if (!found.key->active)
    throw refusal{400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled."};
  if (!token.empty())
    throw refusal{400, "InvalidSecurityToken.MismatchWithAccessKey",
                  "Specified SecurityToken mismatches with the AccessKey."};
  return {{id, found.home->id, found.owner->name, nullptr}, found.key->secret};
}

void check_time(const setting& at, const std::optional<wall_time>& stamp) {
  if (!stamp)
    throw refusal{400, "InvalidTimeStamp.Format",
                  "Specified time stamp or date value is not well formatted."};
  if (*stamp < at.now - time_window || *stamp > at.now + time_window)
    throw refusal{400, "InvalidTimeStamp.Expired",
                  "Specified time stamp or date value is expired."};
}

/// `YYYY-MM-DDThh:mm:ssZ` and nothing else.
std::optional<wall_time> strict_time(std::string_view text) {
  return text.size() == 20 && text.back() == 'Z' ? parse_rfc3339(text) : std::nullopt;
}

[[noreturn]] void mismatch(const std::string& ours) {
  throw refusal{400, "SignatureDoesNotMatch",
                "Specified signature is not matched with our calculation. server string to sign "
                "is:" +
                    ours};
}

void use_nonce(const setting& at, std::string_view nonce) {
  if (!at.given.use_nonce(at.what.key_id, nonce, at.now))
    throw refusal{400, "SignatureNonceUsed", "Specified signature nonce was used already."};
}

std::string_view header(const setting& at, std::string_view name) {
  return find_header(at.from.headers, name);
}

std::string_view needed_header(const setting& at, std::string_view name) {
  const auto value = header(at, name);
  if (value.empty())
    throw incomplete("the header " + std::string{name} + " is missing");
  return value;
}

/// Every header that belongs to the signature must be in its list: an unsigned x-acs-action could
/// be changed in transit.
void check_signed_names(const setting& at, const std::vector<std::string>& names) {
  for (const auto& name : aliyun::v3_headers_to_sign(at.from.headers))
    if (name != "content-type" && std::find(names.begin(), names.end(), name) == names.end())
      throw incomplete("the header " + name + " is not signed");
}

caller verify_v3(const setting& at) {
  const auto given = aliyun::parse_authorization(header(at, "authorization"));
  if (!given || given->algorithm != aliyun::signature_algorithm::v3)
    throw incomplete("Authorization");
  check_signed_names(at, given->signed_headers);
  const auto nonce = needed_header(at, "x-acs-signature-nonce");
  check_time(at, strict_time(needed_header(at, "x-acs-date")));
  const auto claimed = find_claim(at, header(at, "x-acs-security-token"));

  const auto payload = aliyun::sha256_hex(at.from.body);
  const auto [path, query] = split_target(at.from.target);
  const auto string_for = [&](std::string_view of) {
    return aliyun::v3_string_to_sign(aliyun::v3_canonical_request(
        at.from.method, of, at.what.query, at.from.headers, given->signed_headers, payload));
  };
  const auto ours = string_for(path);
  const auto fits = [&](const std::string& text) {
    return aliyun::equal_in_constant_time(aliyun::v3_signature(text, claimed.secret),
                                          given->signature);
  };
  if (header(at, "x-acs-content-sha256") != payload ||
      (!fits(ours) && !fits(string_for(aliyun::star_encoded(path)))))
    mismatch(ours);
  use_nonce(at, nonce);
  return claimed.who;
}

std::string_view needed_parameter(const setting& at, std::string_view name) {
  const auto value = value_of(at.what.all, name);
  if (value.empty())
    throw incomplete("the parameter " + std::string{name} + " is missing");
  return value;
}

caller verify_rpc_v1(const setting& at) {
  const auto signature = needed_parameter(at, "Signature");
  needed_parameter(at, "AccessKeyId");
  const auto nonce = needed_parameter(at, "SignatureNonce");
  if (needed_parameter(at, "SignatureMethod") != "HMAC-SHA1" ||
      needed_parameter(at, "SignatureVersion") != "1.0")
    throw incomplete("only HMAC-SHA1 version 1.0 is supported");
  check_time(at, strict_time(needed_parameter(at, "Timestamp")));
  const auto claimed = find_claim(at, value_of(at.what.all, "SecurityToken"));
  const auto ours = aliyun::rpc_v1_string_to_sign(at.from.method, at.what.query, at.what.form);
  if (!aliyun::equal_in_constant_time(aliyun::rpc_v1_signature(ours, claimed.secret), signature))
    mismatch(ours);
  use_nonce(at, nonce);
  return claimed.who;
}

caller verify_roa_v1(const setting& at) {
  const auto given = aliyun::parse_authorization(header(at, "authorization"));
  if (!given || given->algorithm != aliyun::signature_algorithm::roa_v1)
    throw incomplete("Authorization");
  if (const auto method = header(at, "x-acs-signature-method");
      !method.empty() && method != "HMAC-SHA1")
    throw incomplete("only HMAC-SHA1 is supported");
  check_time(at, parse_http_date(needed_header(at, "date")));
  const auto claimed = find_claim(at, header(at, "x-acs-security-token"));
  const auto path = split_target(at.from.target).first;
  const auto string_for = [&](aliyun::empty_value how) {
    return aliyun::roa_v1_string_to_sign(at.from.method, path, at.what.query, at.from.headers, how);
  };
  const auto ours = string_for(aliyun::empty_value::bare_name);
  const auto fits = [&](const std::string& text) {
    return aliyun::equal_in_constant_time(aliyun::roa_v1_signature(text, claimed.secret),
                                          given->signature);
  };
  if (!fits(ours) && !fits(string_for(aliyun::empty_value::equals)))
    mismatch(ours);
  // Old SDKs send no nonce in this scheme.
  if (const auto nonce = header(at, "x-acs-signature-nonce"); !nonce.empty())
    use_nonce(at, nonce);
  return claimed.who;
}

} // namespace

caller authenticate(const setting& at) {
  switch (at.what.signature) {
  case scheme::v3:
    return verify_v3(at);
  case scheme::rpc_v1:
    return verify_rpc_v1(at);
  case scheme::roa_v1:
    return verify_roa_v1(at);
  case scheme::none:
    break;
  }
  throw incomplete("the request is not signed");
}

} // namespace acr::cloudsim
