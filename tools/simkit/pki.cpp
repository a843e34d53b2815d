#include "tools/simkit/pki.hpp"

#include <algorithm>
#include <array>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace acr::simkit {

namespace {

constexpr long day_s = 86400;

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string certificate_to_pem(X509* certificate) {
  const bio_ptr out{BIO_new(BIO_s_mem())};
  must(PEM_write_bio_X509(out.get(), certificate), "write certificate");
  return text_of(out.get());
}

x509_ptr certificate_from_pem(const std::string& pem) {
  const bio_ptr in{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  x509_ptr out{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)};
  if (!out)
    throw openssl_error{"read certificate"};
  return out;
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const openssl_ptr<X509_EXTENSION, X509_EXTENSION_free> extension{
      X509V3_EXT_nconf_nid(nullptr, &context, kind, value.c_str())};
  if (!extension)
    throw openssl_error{"make certificate extension"};
  must(X509_add_ext(certificate, extension.get(), -1), "add certificate extension");
}

/// Version, serial number, dates, subject and key; no issuer and no signature yet.
x509_ptr blank_certificate(EVP_PKEY* key, const std::string& name) {
  x509_ptr out{X509_new()};
  must(X509_set_version(out.get(), X509_VERSION_3), "set certificate version");
  std::array<unsigned char, 16> serial{};
  must(RAND_bytes(serial.data(), static_cast<int>(serial.size())), "make serial number");
  serial[0] &= 0x7FU; // positive
  const bignum_ptr number{BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr)};
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(out.get()));
  X509_gmtime_adj(X509_getm_notBefore(out.get()), -day_s);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), 3650 * day_s);
  must(X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8,
                                  bytes_of(name), static_cast<int>(name.size()), -1, 0),
       "set certificate name");
  must(X509_set_pubkey(out.get(), key), "set certificate key");
  return out;
}

void finish(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)), "set issuer");
  if (X509_sign(certificate, issuer_key, EVP_sha256()) == 0)
    throw openssl_error{"sign certificate"};
}

bool is_address(const std::string& name) {
  return name.find_first_not_of("0123456789.") == std::string::npos ||
         name.find(':') != std::string::npos;
}

} // namespace

pkey_ptr make_rsa_key() {
  pkey_ptr out{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})};
  if (!out)
    throw openssl_error{"make RSA key"};
  return out;
}

pkey_ptr make_p256_key() {
  pkey_ptr out{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
  if (!out)
    throw openssl_error{"make EC key"};
  return out;
}

std::string key_to_pem(EVP_PKEY* key) {
  const bio_ptr out{BIO_new(BIO_s_mem())};
  must(PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr),
       "write key");
  return text_of(out.get());
}

std::string public_key_der(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0)
    throw openssl_error{"write public key"};
  std::string out{reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)};
  OPENSSL_free(der);
  return out;
}

pkey_ptr key_from_pem(const std::string& pem) {
  const bio_ptr in{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  pkey_ptr out{PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr)};
  if (!out)
    throw openssl_error{"read key"};
  return out;
}

identity_pem make_authority(const std::string& name) {
  const auto key = make_p256_key();
  const auto certificate = blank_certificate(key.get(), name);
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), certificate.get(), NID_key_usage,
                "critical,keyCertSign,cRLSign");
  add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  finish(certificate.get(), certificate.get(), key.get());
  return {certificate_to_pem(certificate.get()), key_to_pem(key.get())};
}

identity_pem make_server_identity(const identity_pem& authority,
                                  const std::vector<std::string>& names) {
  const auto issuer = certificate_from_pem(authority.certificate);
  const auto issuer_key = key_from_pem(authority.key);
  const auto key = make_p256_key();
  const auto certificate = blank_certificate(key.get(), "simulator");
  std::string list;
  for (const auto& name : names)
    list.append(list.empty() ? "" : ",").append(is_address(name) ? "IP:" : "DNS:").append(name);
  add_extension(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), issuer.get(), NID_ext_key_usage, "serverAuth");
  add_extension(certificate.get(), issuer.get(), NID_authority_key_identifier, "keyid");
  add_extension(certificate.get(), issuer.get(), NID_subject_alt_name, list);
  finish(certificate.get(), issuer.get(), issuer_key.get());
  return {certificate_to_pem(certificate.get()), key_to_pem(key.get())};
}

std::string make_self_signed(EVP_PKEY* key, const std::string& name) {
  const auto certificate = blank_certificate(key, name);
  finish(certificate.get(), certificate.get(), key);
  return certificate_to_pem(certificate.get());
}

std::string sign_rs256(EVP_PKEY* key, std::string_view text) {
  const digest_ptr context{EVP_MD_CTX_new()};
  std::size_t size = 0;
  must(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key), "begin signature");
  must(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size()),
       "size signature");
  std::string out(size, '\0');
  must(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                      bytes_of(text), text.size()),
       "sign");
  out.resize(size);
  return out;
}

void check_pair(const identity_pem& pair) {
  must(X509_check_private_key(certificate_from_pem(pair.certificate).get(),
                              key_from_pem(pair.key).get()),
       "compare certificate and key");
}

} // namespace acr::simkit
