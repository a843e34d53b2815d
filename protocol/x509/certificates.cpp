#include "protocol/x509/certificates.hpp"

#include <array>
#include <chrono>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace acr::x509 {

namespace {

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
x509_ptr blank_certificate(EVP_PKEY* key, const std::string& name, validity when) {
  x509_ptr out{X509_new()};
  must(X509_set_version(out.get(), X509_VERSION_3), "set certificate version");
  std::array<unsigned char, 16> serial{};
  must(RAND_bytes(serial.data(), static_cast<int>(serial.size())), "make serial number");
  serial[0] &= 0x7FU; // positive
  const bignum_ptr number{BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr)};
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(out.get()));
  ASN1_TIME_set(X509_getm_notBefore(out.get()), std::chrono::system_clock::to_time_t(when.from));
  ASN1_TIME_set(X509_getm_notAfter(out.get()), std::chrono::system_clock::to_time_t(when.until));
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

std::optional<wall_time> time_of(const ASN1_TIME* value) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(value, &parts) != 1)
    return std::nullopt;
  return std::chrono::time_point_cast<wall_time::duration>(
      std::chrono::system_clock::from_time_t(timegm(&parts)));
}

std::vector<std::string> names_of(X509* certificate) {
  const openssl_ptr<GENERAL_NAMES, GENERAL_NAMES_free> list{static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
  std::vector<std::string> found;
  for (int i = 0; list && i < sk_GENERAL_NAME_num(list.get()); ++i) {
    const auto* one = sk_GENERAL_NAME_value(list.get(), i);
    const auto* text = one->type == GEN_DNS ? one->d.dNSName : one->d.iPAddress;
    if (one->type != GEN_DNS && one->type != GEN_IPADD)
      continue;
    const auto* bytes = ASN1_STRING_get0_data(text);
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(text));
    if (one->type == GEN_DNS) {
      found.emplace_back(reinterpret_cast<const char*>(bytes), size);
    } else if (size == 4) {
      std::string address;
      for (std::size_t part = 0; part < size; ++part)
        address.append(part == 0 ? "" : ".").append(std::to_string(bytes[part]));
      found.push_back(std::move(address));
    }
  }
  return found;
}

} // namespace

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

pkey_ptr key_from_pem(const std::string& pem) {
  const bio_ptr in{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  pkey_ptr out{PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr)};
  if (!out)
    throw openssl_error{"read key"};
  return out;
}

x509_ptr certificate_from_pem(const std::string& pem) {
  const bio_ptr in{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  x509_ptr out{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)};
  if (!out)
    throw openssl_error{"read certificate"};
  return out;
}

identity_pem make_authority(const std::string& name, validity when) {
  const auto key = make_p256_key();
  const auto certificate = blank_certificate(key.get(), name, when);
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), certificate.get(), NID_key_usage,
                "critical,keyCertSign,cRLSign");
  add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  finish(certificate.get(), certificate.get(), key.get());
  return {certificate_to_pem(certificate.get()), key_to_pem(key.get())};
}

identity_pem make_server_identity(const identity_pem& authority, const std::string& name,
                                  const std::vector<std::string>& names, validity when) {
  const auto issuer = certificate_from_pem(authority.certificate);
  const auto issuer_key = key_from_pem(authority.key);
  const auto key = make_p256_key();
  const auto certificate = blank_certificate(key.get(), name, when);
  std::string list;
  for (const auto& one : names)
    list.append(list.empty() ? "" : ",").append(is_address(one) ? "IP:" : "DNS:").append(one);
  add_extension(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), issuer.get(), NID_ext_key_usage, "serverAuth");
  add_extension(certificate.get(), issuer.get(), NID_authority_key_identifier, "keyid");
  add_extension(certificate.get(), issuer.get(), NID_subject_alt_name, list);
  finish(certificate.get(), issuer.get(), issuer_key.get());
  return {certificate_to_pem(certificate.get()), key_to_pem(key.get())};
}

std::string make_self_signed(EVP_PKEY* key, const std::string& name, validity when) {
  const auto certificate = blank_certificate(key, name, when);
  finish(certificate.get(), certificate.get(), key);
  return certificate_to_pem(certificate.get());
}

serving_material make_serving_material(const std::vector<std::string>& names, validity when) {
  // Each authority has a name of its own: of two with one name, verifiers may try the wrong one.
  auto authority = make_authority("acr-credential-helper webhook " + to_rfc3339(when.from), when);
  auto server = make_server_identity(authority, "acr-credential-helper webhook", names, when);
  wipe(authority.key);
  return {std::move(authority.certificate), std::move(server.certificate),
          secret_string{std::move(server.key)}};
}

std::optional<certificate_facts> read_certificate(const std::string& pem) {
  try {
    const auto certificate = certificate_from_pem(pem);
    const auto from = time_of(X509_get0_notBefore(certificate.get()));
    const auto until = time_of(X509_get0_notAfter(certificate.get()));
    if (!from || !until)
      return std::nullopt;
    return certificate_facts{{*from, *until}, names_of(certificate.get())};
  } catch (const openssl_error&) {
    return std::nullopt;
  }
}

} // namespace acr::x509
