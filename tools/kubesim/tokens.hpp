/// Tokens of ServiceAccounts: signed and verified with RS256; the issuer's documents.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "protocol/time.hpp"
#include "tools/simkit/openssl.hpp"

namespace acr::kubesim {

/// The claims of a token about its bearer.
struct bearer {
  std::string ns;
  std::string name;
  std::string uid;
  std::string id; ///< `jti`
  std::vector<std::string> audience;
  wall_time expires;
  wall_time not_before;
};

class token_issuer {
public:
  /// `key_pem`: RSA; empty: a new one, generated when needed.
  token_issuer(std::string issuer, std::string key_pem);

  std::string sign(const bearer& who, wall_time now);
  /// Null unless the token is one of ours; expiry is not checked.
  const bearer* verify(const std::string& token);

  boost::json::object keys();      ///< The JWKS.
  boost::json::object discovery(); ///< The OpenID configuration.
  const std::string& issuer() const noexcept { return issuer_; }

private:
  void need_key();

  std::string issuer_;
  std::string pem_;
  simkit::pkey_ptr key_;
  std::string key_id_;
  std::map<std::string, bearer> known_; ///< By token: each is signed and verified once.
};

} // namespace acr::kubesim
