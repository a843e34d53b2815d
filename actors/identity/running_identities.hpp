/// The running identities: one per distinct chain, shared by its instances.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "actors/identity/plan.hpp"
#include "config/model.hpp"
#include "protocol/messages/identity.hpp"

namespace acr {

/// Keeps track of handles; starts and stops no actor. A group is the name of an identity for
/// supervision, as `identity_names` makes it.
class running_identities {
public:
  /// Starts the identity of `chain` on top of `base`, which is empty for an origin and for an RRSA
  /// role; `group` is its supervision group.
  using maker = std::function<identity_source(
      const config::role_chain& chain, const identity_source& base, const std::string& group)>;

  /// The identity of `wanted`: the running one, or a new one, whose base is started before it.
  identity_source obtain(const config::role_chain& wanted, const maker& make);

  /// Whether an instance with this chain needs the identity of `group`: its own one, or the one
  /// below it. Also when that is not running.
  bool uses(const config::role_chain& chain, const std::string& group) const;

  /// The identity of `group` has ended. Forgets those that build on it, which are useless now, and
  /// returns their groups. Nothing if there is no such identity.
  std::vector<std::string> lost(const std::string& group);

  /// Forgets identities that none of `instances` needs, and returns their groups.
  std::vector<std::string> unused(const std::vector<config::instance>& instances);

  /// All have ended. Their names stay: instances that wait for a restart ask `uses`.
  void clear() { running_.clear(); }

private:
  struct running {
    config::role_chain chain;
    identity_source who;
  };

  std::map<std::string, running> running_; ///< By group.
  identity_names names_;
};

} // namespace acr
