#include "tools/kubesim/tokens.hpp"

#include <optional>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/core_names.h>

#include "protocol/json.hpp"
#include "tools/simkit/form.hpp"
#include "tools/simkit/jwt.hpp"
#include "tools/simkit/pki.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

// More than any test uses at a time; dropping one costs another verification.
constexpr std::size_t most_known = 4096;

std::string number_text(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  simkit::must(EVP_PKEY_get_bn_param(key, name, &number), "read key");
  const simkit::bignum_ptr owner{number};
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  return simkit::base64url(bytes);
}

std::int64_t seconds_of(wall_time time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

} // namespace

token_issuer::token_issuer(std::string issuer, std::string key_pem)
    : issuer_{std::move(issuer)}, pem_{std::move(key_pem)} {}

void token_issuer::need_key() {
  if (key_)
    return;
  key_ = pem_.empty() ? simkit::make_rsa_key() : simkit::key_from_pem(pem_);
  pem_ = simkit::key_to_pem(key_.get());
  key_id_ = simkit::base64url(simkit::sha256(simkit::public_key_der(key_.get())));
}

std::string token_issuer::sign(const bearer& who, wall_time now) {
  need_key();
  json::array audience;
  for (const auto& item : who.audience)
    audience.emplace_back(item);
  const json::object header{{"alg", "RS256"}, {"kid", key_id_}};
  const json::object claims{
      {"aud", std::move(audience)},
      {"exp", seconds_of(who.expires)},
      {"iat", seconds_of(now)},
      {"iss", issuer_},
      {"jti", who.id},
      {"kubernetes.io",
       {{"namespace", who.ns}, {"serviceaccount", {{"name", who.name}, {"uid", who.uid}}}}},
      {"nbf", seconds_of(now)},
      {"sub", "system:serviceaccount:" + who.ns + ":" + who.name}};
  auto text =
      simkit::base64url(json::serialize(header)) + "." + simkit::base64url(json::serialize(claims));
  text += "." + simkit::base64url(simkit::sign_rs256(key_.get(), text));
  if (known_.size() >= most_known)
    known_.clear();
  auto& kept = known_[text];
  kept = who;
  kept.not_before = now;
  return text;
}

const bearer* token_issuer::verify(const std::string& token) {
  if (const auto found = known_.find(token); found != known_.end())
    return &found->second;
  const auto read = simkit::read_identity_token(token);
  if (!read || read->issuer != issuer_)
    return nullptr;
  const auto set = simkit::key_set::parse(json::serialize(keys()));
  if (!set || !set->verifies(*read))
    return nullptr;
  std::string text;
  const auto begin = token.find('.') + 1;
  simkit::base64_decode(std::string_view{token}.substr(begin, token.find('.', begin) - begin),
                        text);
  boost::system::error_code error;
  const auto claims = json::parse(text, error);
  if (error || !claims.is_object())
    return nullptr;
  const auto* about = object_at(&claims.get_object(), "kubernetes.io");
  const auto* account = object_at(about, "serviceaccount");
  if (!account || !read->expires)
    return nullptr;
  bearer out{string_at(about, "namespace"),
             string_at(account, "name"),
             string_at(account, "uid"),
             string_at(&claims.get_object(), "jti"),
             read->audience,
             *read->expires,
             read->not_before.value_or(wall_time{})};
  return &(known_[token] = std::move(out));
}

json::object token_issuer::keys() {
  need_key();
  return {
      {"keys", json::array{json::object{{"use", "sig"},
                                        {"kty", "RSA"},
                                        {"kid", key_id_},
                                        {"alg", "RS256"},
                                        {"n", number_text(key_.get(), OSSL_PKEY_PARAM_RSA_N)},
                                        {"e", number_text(key_.get(), OSSL_PKEY_PARAM_RSA_E)}}}}};
}

json::object token_issuer::discovery() {
  return {{"issuer", issuer_},
          {"jwks_uri", issuer_ + "/openid/v1/jwks"},
          {"response_types_supported", json::array{"id_token"}},
          {"subject_types_supported", json::array{"public"}},
          {"id_token_signing_alg_values_supported", json::array{"RS256"}}};
}

} // namespace acr::kubesim
