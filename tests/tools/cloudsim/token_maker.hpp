/// Keys of an issuer, its key set, and tokens signed with them.
#pragma once

#include <memory>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "tools/cloudsim/kit.hpp"
#include "tools/simkit/form.hpp"
#include "tools/simkit/pki.hpp"

namespace acr::testing {

namespace json = boost::json;
using namespace acr::cloudsim;

inline std::string number_of(EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  const bignum_ptr owner{value};
  std::string out(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

inline std::string padded(const std::string& bytes) {
  return std::string(32 - bytes.size(), '\0') + bytes;
}

inline json::object jwk(EVP_PKEY* key, const std::string& id) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
    return {{"kty", "RSA"},
            {"kid", id},
            {"n", base64url(number_of(key, OSSL_PKEY_PARAM_RSA_N))},
            {"e", base64url(number_of(key, OSSL_PKEY_PARAM_RSA_E))}};
  return {{"kty", "EC"},
          {"crv", "P-256"},
          {"kid", id},
          {"x", base64url(padded(number_of(key, OSSL_PKEY_PARAM_EC_PUB_X)))},
          {"y", base64url(padded(number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y)))}};
}

inline std::string sign_es256(EVP_PKEY* key, const std::string& text) {
  const digest_ptr context{EVP_MD_CTX_new()};
  std::string der(128, '\0');
  std::size_t size = der.size();
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key);
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size, bytes_of(text),
                 text.size());
  const auto* at = bytes_of(der);
  const ecdsa_ptr pair{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size))};
  std::string out(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), reinterpret_cast<unsigned char*>(out.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), reinterpret_cast<unsigned char*>(out.data()) + 32, 32);
  return out;
}

/// Keys are dear to make: one of each kind for all tests.
struct issuer_keys_of_the_test {
  std::shared_ptr<EVP_PKEY> rsa = make_rsa_key();
  std::shared_ptr<EVP_PKEY> other = make_rsa_key();
  std::shared_ptr<EVP_PKEY> ec = make_p256_key();
};

inline const issuer_keys_of_the_test& test_keys() {
  static const issuer_keys_of_the_test made;
  return made;
}

inline std::string jwks(const json::array& keys) {
  return json::serialize(json::object{{"keys", keys}});
}

inline std::string jwt(const json::object& about, EVP_PKEY* key, const std::string& id) {
  const bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
  json::object header{{"alg", rsa ? "RS256" : "ES256"}};
  if (!id.empty())
    header["kid"] = id;
  const auto text = base64url(json::serialize(header)) + "." + base64url(json::serialize(about));
  return text + "." + base64url(rsa ? sign_rs256(key, text) : sign_es256(key, text));
}

inline std::string jwt(const json::object& about) {
  return jwt(about, test_keys().rsa.get(), "rsa-1");
}

} // namespace acr::testing
