/// Keys and certificates that a simulator generates.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/x509/certificates.hpp"
#include "tools/simkit/openssl.hpp"

namespace acr::simkit {

pkey_ptr make_rsa_key();                   ///< 2048 bits.
std::string public_key_der(EVP_PKEY* key); ///< SubjectPublicKeyInfo.

/// Makes a certificate authority (EC P-256), valid for ten years from yesterday.
identity_pem make_authority(const std::string& name);

/// Makes a server certificate for `names` (host names, wildcards and IP addresses), signed by
/// `authority`.
identity_pem make_server_identity(const identity_pem& authority,
                                  const std::vector<std::string>& names);

/// Makes a self-signed certificate of `key`.
std::string make_self_signed(EVP_PKEY* key, const std::string& name);

/// RS256 over `text`.
std::string sign_rs256(EVP_PKEY* key, std::string_view text);

/// Throws openssl_error unless the certificate's key is that of the private key.
void check_pair(const identity_pem& pair);

} // namespace acr::simkit
