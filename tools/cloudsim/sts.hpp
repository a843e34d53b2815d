/// The Security Token Service, version 2015-04-01.
#pragma once

#include <map>
#include <optional>
#include <variant>

#include "tools/cloudsim/kit.hpp"
#include "tools/cloudsim/operation.hpp"
#include "tools/simkit/jwt.hpp"

namespace acr::cloudsim {

/// The fetched keys of OIDC issuers, by issuer.
class issuer_keys {
public:
  void put(const std::string& issuer, result<key_set> keys) {
    keys_.insert_or_assign(issuer, std::move(keys));
  }
  void clear() { keys_.clear(); }
  /// Null if fetching them was not tried yet.
  const result<key_set>* find(const std::string& issuer) const {
    const auto found = keys_.find(issuer);
    return found == keys_.end() ? nullptr : &found->second;
  }

private:
  std::map<std::string, result<key_set>> keys_;
};

/// The keys to fetch before AssumeRoleWithOIDC can be answered: those that are missing, could not
/// be fetched, or do not include the one that signed the token. Nothing if none are needed.
std::optional<key_request> keys_needed(const setting& at, const issuer_keys& keys);

/// The answers, without RequestId. Throw refusal.
boost::json::object assume_role(const setting& at, const caller& who);
boost::json::object assume_role_with_oidc(const setting& at, const issuer_keys& keys);
boost::json::object caller_identity(const setting& at, const caller& who);

} // namespace acr::cloudsim
