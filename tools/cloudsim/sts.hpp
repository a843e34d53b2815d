/// The Security Token Service, version 2015-04-01.
#pragma once

#include <map>
#include <optional>
#include <variant>

#include "tools/cloudsim/kit.hpp"
#include "tools/cloudsim/operation.hpp"
#include "tools/simkit/jwt.hpp"

namespace acr::cloudsim {

/// The keys of OIDC issuers as far as they were fetched, by issuer.
class issuer_keys {
public:
  void put(const std::string& issuer, result<key_set> keys) {
    keys_.insert_or_assign(issuer, std::move(keys));
  }
  void clear() { keys_.clear(); }
  /// Null if nobody has tried to fetch them yet.
  const result<key_set>* find(const std::string& issuer) const {
    const auto found = keys_.find(issuer);
    return found == keys_.end() ? nullptr : &found->second;
  }

private:
  std::map<std::string, result<key_set>> keys_;
};

/// What must be fetched before AssumeRoleWithOIDC can be answered: keys that are not there, could
/// not be fetched, or do not include the one that signed the token. Nothing if nothing is.
std::optional<key_request> keys_needed(const setting& at, const issuer_keys& keys);

/// The answers, without RequestId. Throw refusal.
boost::json::object assume_role(const setting& at, const caller& who);
boost::json::object assume_role_with_oidc(const setting& at, const issuer_keys& keys);
boost::json::object caller_identity(const setting& at, const caller& who);

} // namespace acr::cloudsim
