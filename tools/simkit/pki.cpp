#include "tools/simkit/pki.hpp"

#include <chrono>

namespace acr::simkit {

namespace {

x509::validity ten_years() {
  constexpr auto day = std::chrono::hours{24};
  const auto now = system_now();
  return {now - day, now + 3650 * day};
}

} // namespace

pkey_ptr make_rsa_key() {
  pkey_ptr out{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})};
  if (!out)
    throw openssl_error{"make RSA key"};
  return out;
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

identity_pem make_authority(const std::string& name) {
  return x509::make_authority(name, ten_years());
}

identity_pem make_server_identity(const identity_pem& authority,
                                  const std::vector<std::string>& names) {
  return x509::make_server_identity(authority, "simulator", names, ten_years());
}

std::string make_self_signed(EVP_PKEY* key, const std::string& name) {
  return x509::make_self_signed(key, name, ten_years());
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
