/// Certificates for tests: an authority of the test's own, and what it vouches for.
#pragma once

#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace acr::testing {

struct identity {
  std::string certificate_pem;
  std::string key_pem;
};

class certificate_authority {
public:
  certificate_authority() : key_{fresh_key()}, certificate_{blank(authority_name(), key_.get())} {
    extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    seal(certificate_.get(), certificate_.get());
  }

  std::string pem() const { return text_of(certificate_.get()); }

  /// `names`: as OpenSSL writes them, "DNS:example.com,IP:127.0.0.1"; empty for a client.
  identity issue(const std::string& common_name, const std::string& names = {},
                 std::time_t valid_for_s = 3600) const {
    const auto key = fresh_key();
    const auto certificate = blank(common_name, key.get(), valid_for_s);
    if (!names.empty())
      extend(certificate.get(), NID_subject_alt_name, names);
    seal(certificate.get(), certificate_.get());
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> out{BIO_new(BIO_s_mem()), BIO_free_all};
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {text_of(certificate.get()), content(out.get())};
  }

private:
  using key_handle = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using certificate_handle = std::unique_ptr<X509, decltype(&X509_free)>;

  // Each has a name of its own: two of one name look to OpenSSL like one with a wrong key.
  static std::string authority_name() {
    static int count = 0;
    return "test authority " + std::to_string(++count);
  }

  static key_handle fresh_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

  static certificate_handle blank(const std::string& common_name, EVP_PKEY* key,
                                  std::time_t valid_for_s = 3600) {
    static long serial = 0;
    certificate_handle fresh{X509_new(), X509_free};
    X509_set_version(fresh.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(fresh.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(fresh.get()), -7200);
    X509_gmtime_adj(X509_getm_notAfter(fresh.get()), valid_for_s);
    X509_set_pubkey(fresh.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(fresh.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
    return fresh;
  }

  static void extend(X509* certificate, int kind, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension{
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()), X509_EXTENSION_free};
    if (!extension)
      throw std::invalid_argument{"not a certificate extension: " + value};
    X509_add_ext(certificate, extension.get(), -1);
  }

  void seal(X509* certificate, X509* issuer) const {
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    X509_sign(certificate, key_.get(), EVP_sha256());
  }

  static std::string content(BIO* from) {
    char* text = nullptr;
    const auto size = BIO_get_mem_data(from, &text);
    return {text, static_cast<std::size_t>(size)};
  }

  static std::string text_of(X509* certificate) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> out{BIO_new(BIO_s_mem()), BIO_free_all};
    PEM_write_bio_X509(out.get(), certificate);
    return content(out.get());
  }

  key_handle key_;
  certificate_handle certificate_;
};

} // namespace acr::testing
