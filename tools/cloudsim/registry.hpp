/// The token endpoint of a registry: passwords in, tokens for docker-registry out.
#pragma once

#include <string>

#include "tools/cloudsim/kit.hpp"
#include "tools/cloudsim/operation.hpp"
#include "tools/simkit/pki.hpp"

namespace acr::cloudsim {

/// The key with which registry tokens are signed, and its certificate: what a docker-registry is
/// given as `auth.token.rootcertbundle`.
class token_signer {
public:
  token_signer(); ///< Makes a new key.
  explicit token_signer(identity_pem known);

  const identity_pem& pem() const noexcept { return pem_; }
  /// A JWT with these claims, RS256.
  std::string sign(const boost::json::object& claims) const;

private:
  identity_pem pem_;
  std::shared_ptr<EVP_PKEY> key_;
  std::string key_id_;
};

/// The name that docker-registry gives to a public key (libtrust): 240 bits of the SHA-256 of its
/// DER form in Base32, in twelve groups of four.
std::string registry_key_id(std::string_view public_key_der);

/// Answers `GET /auth?service=...&scope=repository:ns/app:pull`.
response registry_auth(const setting& at, const token_signer& signer);

} // namespace acr::cloudsim
