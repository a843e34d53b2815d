/// OpenSSL's objects with owners, and its errors.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

namespace acr::x509 {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

template <class T, auto Free>
using openssl_ptr = std::unique_ptr<T, freed_by<Free>>;

using bio_ptr = openssl_ptr<BIO, BIO_free_all>;
using bignum_ptr = openssl_ptr<BIGNUM, BN_free>;
using digest_ptr = openssl_ptr<EVP_MD_CTX, EVP_MD_CTX_free>;
using param_build_ptr = openssl_ptr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using params_ptr = openssl_ptr<OSSL_PARAM, OSSL_PARAM_free>;
using pkey_context_ptr = openssl_ptr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using pkey_ptr = openssl_ptr<EVP_PKEY, EVP_PKEY_free>;
using ecdsa_ptr = openssl_ptr<ECDSA_SIG, ECDSA_SIG_free>;
using x509_ptr = openssl_ptr<X509, X509_free>;

/// A failure of OpenSSL; it fails only when memory does or we misuse it.
class openssl_error : public std::runtime_error {
public:
  explicit openssl_error(const std::string& step);
};

/// Throws unless OpenSSL's answer is 1.
void must(int answer, const char* step);

const unsigned char* bytes_of(std::string_view text);

} // namespace acr::x509
