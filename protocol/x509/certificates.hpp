/// Keys and certificates that a program makes for itself, as PEM (RFC 5280, RFC 7468). Failures of
/// OpenSSL throw `openssl_error`: it fails only when memory does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/secret_string.hpp"
#include "protocol/time.hpp"
#include "protocol/x509/openssl.hpp"

namespace acr::x509 {

/// A certificate and its key.
struct identity_pem {
  std::string certificate;
  std::string key;
};

struct validity {
  wall_time from; ///< In whole seconds.
  wall_time until;
};

pkey_ptr make_p256_key();
std::string key_to_pem(EVP_PKEY* key);
/// Throws if the text is not a private key.
pkey_ptr key_from_pem(const std::string& pem);
/// Throws if the text is not a certificate.
x509_ptr certificate_from_pem(const std::string& pem);

/// A certificate authority (EC P-256).
identity_pem make_authority(const std::string& name, validity when);

/// A server certificate for `names` (host names, wildcards and IP addresses), signed by
/// `authority`.
identity_pem make_server_identity(const identity_pem& authority, const std::string& name,
                                  const std::vector<std::string>& names, validity when);

/// A self-signed certificate of `key`.
std::string make_self_signed(EVP_PKEY* key, const std::string& name, validity when);

/// A serving certificate, and an authority that has signed only that: its key is not kept.
struct serving_material {
  std::string authority;
  std::string certificate;
  secret_string key;
};
serving_material make_serving_material(const std::vector<std::string>& names, validity when);

/// The content of a certificate.
struct certificate_facts {
  validity when;
  std::vector<std::string> names; ///< DNS names and IPv4 addresses that it is valid for.
};
/// Reads the first certificate in `pem`; nothing if there is none.
std::optional<certificate_facts> read_certificate(const std::string& pem);

} // namespace acr::x509
