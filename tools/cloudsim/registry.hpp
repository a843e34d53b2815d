/// The token endpoint of a registry: passwords in, tokens for docker-registry out.
#pragma once

#include <string>

#include "tools/cloudsim/kit.hpp"
#include "tools/cloudsim/operation.hpp"
#include "tools/simkit/pki.hpp"

namespace acr::cloudsim {

/// The key that signs registry tokens, and its certificate: a docker-registry's
/// `auth.token.rootcertbundle`.
class token_signer {
public:
  token_signer(); ///< Generates a new key.
  explicit token_signer(identity_pem known);

  const identity_pem& pem() const noexcept { return pem_; }
  /// A JWT with these claims, RS256.
  std::string sign(const boost::json::object& claims) const;

private:
  identity_pem pem_;
  std::shared_ptr<EVP_PKEY> key_;
  std::string key_id_;
};

/// The name of a public key in docker-registry (libtrust): 240 bits of the SHA-256 of its DER form
/// in Base32, in twelve groups of four.
std::string registry_key_id(std::string_view public_key_der);

/// Answers `GET /auth?service=...&scope=repository:ns/app:pull`.
response registry_auth(const setting& at, const token_signer& signer);

} // namespace acr::cloudsim
