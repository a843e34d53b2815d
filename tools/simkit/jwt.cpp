#include "tools/simkit/jwt.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>

#include "tools/simkit/form.hpp"

namespace acr::simkit {

namespace {

namespace json = boost::json;

std::optional<json::object> decode_object(std::string_view part) {
  std::string text;
  if (!base64_decode(part, text))
    return std::nullopt;
  boost::system::error_code error;
  auto value = json::parse(text, error);
  if (error || !value.is_object())
    return std::nullopt;
  return std::move(value.as_object());
}

std::string text_member(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value && value->is_string() ? std::string{value->as_string().c_str()} : std::string{};
}

std::optional<wall_time> time_member(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (!value || !value->is_number())
    return std::nullopt;
  const auto seconds = value->to_number<double>();
  if (!(seconds > -1e10 && seconds < 1e11)) // also NaN
    return std::nullopt;
  return wall_time{std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)}};
}

std::vector<std::string> audience_of(const json::object& claims) {
  std::vector<std::string> out;
  const auto* value = claims.if_contains("aud");
  if (value && value->is_string())
    out.emplace_back(value->as_string().c_str());
  if (value && value->is_array())
    for (const auto& item : value->as_array())
      if (item.is_string())
        out.emplace_back(item.as_string().c_str());
  return out;
}

std::shared_ptr<EVP_PKEY> from_params(const char* kind, OSSL_PARAM* params) {
  const pkey_context_ptr context{EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr)};
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
    return nullptr;
  return {key, EVP_PKEY_free};
}

bignum_ptr number_member(const json::object& from, std::string_view name) {
  std::string bytes;
  if (!base64_decode(text_member(from, name), bytes) || bytes.empty())
    return nullptr;
  return bignum_ptr{BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)};
}

std::shared_ptr<EVP_PKEY> rsa_key(const json::object& from) {
  const auto modulus = number_member(from, "n");
  const auto exponent = number_member(from, "e");
  const param_build_ptr build{OSSL_PARAM_BLD_new()};
  if (!modulus || !exponent || !build ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
    return nullptr;
  const params_ptr params{OSSL_PARAM_BLD_to_param(build.get())};
  return from_params("RSA", params.get());
}

std::shared_ptr<EVP_PKEY> p256_key(const json::object& from) {
  std::string x;
  std::string y;
  if (text_member(from, "crv") != "P-256" || !base64_decode(text_member(from, "x"), x) ||
      !base64_decode(text_member(from, "y"), y) || x.size() != 32 || y.size() != 32)
    return nullptr;
  const auto point = '\x04' + x + y; // SEC 1: uncompressed
  const param_build_ptr build{OSSL_PARAM_BLD_new()};
  if (!build ||
      OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1)
    return nullptr;
  const params_ptr params{OSSL_PARAM_BLD_to_param(build.get())};
  return from_params("EC", params.get());
}

/// JOSE concatenates r and s, OpenSSL reads a DER sequence.
std::string der_signature(std::string_view joined) {
  if (joined.size() != 64)
    return {};
  const ecdsa_ptr pair{ECDSA_SIG_new()};
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes_of(joined.substr(0, 32)), 32, nullptr),
                 BN_bin2bn(bytes_of(joined.substr(32)), 32, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0)
    return {};
  std::string out{reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)};
  OPENSSL_free(der);
  return out;
}

bool verify_with(EVP_PKEY* key, const identity_token& token) {
  const bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
  if (token.algorithm != (rsa ? "RS256" : "ES256"))
    return false;
  const auto signature = rsa ? token.signature : der_signature(token.signature);
  const digest_ptr context{EVP_MD_CTX_new()};
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                          bytes_of(token.signed_part), token.signed_part.size()) == 1;
}

} // namespace

std::optional<identity_token> read_identity_token(std::string_view text) {
  const auto first = text.find('.');
  const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  const auto header = decode_object(text.substr(0, first));
  const auto claims = decode_object(text.substr(first + 1, second - first - 1));
  identity_token out;
  if (!header || !claims || !base64_decode(text.substr(second + 1), out.signature))
    return std::nullopt;
  out.algorithm = text_member(*header, "alg");
  out.key_id = text_member(*header, "kid");
  out.signed_part = text.substr(0, second);
  out.issuer = text_member(*claims, "iss");
  out.subject = text_member(*claims, "sub");
  out.audience = audience_of(*claims);
  out.expires = time_member(*claims, "exp");
  out.not_before = time_member(*claims, "nbf");
  out.issued = time_member(*claims, "iat");
  if (out.issuer.empty() || out.subject.empty() || out.audience.empty() || !out.expires)
    return std::nullopt;
  return out;
}

result<key_set> key_set::parse(const std::string& document) {
  failure bad;
  bad.code = errc::malformed_answer;
  bad.step = "read keys of the issuer";
  boost::system::error_code error;
  const auto value = json::parse(document, error);
  const auto* list = error || !value.is_object() ? nullptr : value.as_object().if_contains("keys");
  if (!list || !list->is_array()) {
    bad.message = "not a JSON Web Key Set";
    return bad;
  }
  key_set out;
  for (const auto& item : list->as_array()) {
    if (!item.is_object())
      continue;
    const auto& key = item.as_object();
    const auto kind = text_member(key, "kty");
    auto read = kind == "RSA" ? rsa_key(key) : kind == "EC" ? p256_key(key) : nullptr;
    if (read)
      out.keys_[text_member(key, "kid")] = std::move(read);
  }
  if (out.keys_.empty()) {
    bad.message = "no key that can be used";
    return bad;
  }
  return out;
}

bool key_set::verifies(const identity_token& token) const {
  const auto found = keys_.find(token.key_id);
  if (found != keys_.end())
    return verify_with(found->second.get(), token);
  if (!token.key_id.empty())
    return false;
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const auto& item) { return verify_with(item.second.get(), token); });
}

} // namespace acr::simkit
