/// How identities build on each other, and their names.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/model.hpp"

namespace acr {

/// The identity that `chain` needs first: the session of its RRSA role, if further roles follow;
/// otherwise the origin alone. Nothing if it is an RRSA role or an origin itself. So all chains
/// through one RRSA role share its session, and all on one origin share that.
std::optional<config::role_chain> base_of(const config::role_chain& chain);

/// The chain without an origin or a duration that has no effect.
config::role_chain essence(config::role_chain chain);

/// Whether the identity of `chain` is `other`, or builds on it.
bool builds_on(const config::role_chain& chain, const config::role_chain& other);

/// The name of the only instance that needs the identity of `chain`, or "shared".
std::string user_of(const config::role_chain& chain,
                    const std::vector<config::instance>& instances);

/// Names of identities for log and supervision: unique, stable while in use, free of secrets:
/// "identity/own", "identity/key LTAI...", "identity/acs:ram::1:role/a > acs:ram::2:role/b".
class identity_names {
public:
  std::string of(const config::role_chain& chain);
  /// The chain with that name, if there is one.
  std::optional<config::role_chain> chain_of(const std::string& name) const;
  void forget(const config::role_chain& chain);

private:
  std::vector<std::pair<config::role_chain, std::string>> names_;
};

} // namespace acr
