/// OIDC tokens as their issuers sign them (RFC 7515, 7517, 7519): RS256 and ES256.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/time.hpp"
#include "tools/simkit/openssl.hpp"

namespace acr::simkit {

/// A parsed, unverified token.
struct identity_token {
  std::string algorithm;
  std::string key_id;
  std::string signed_part; ///< `<header>.<claims>`
  std::string signature;
  std::string issuer;
  std::string subject;
  std::vector<std::string> audience;
  std::optional<wall_time> expires;
  std::optional<wall_time> not_before;
  std::optional<wall_time> issued;
};

/// Nothing if `text` is not a JWT with a subject, an issuer, an audience and an expiry.
std::optional<identity_token> read_identity_token(std::string_view text);

/// The public keys of one issuer.
class key_set {
public:
  /// Reads a JWKS. Keys of unknown kinds are skipped. Errors: malformed_answer.
  static result<key_set> parse(const std::string& document);

  bool knows(const std::string& key_id) const { return keys_.contains(key_id); }
  bool verifies(const identity_token& token) const;

private:
  std::map<std::string, std::shared_ptr<EVP_PKEY>> keys_; // by key id
};

} // namespace acr::simkit
