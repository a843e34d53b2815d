/// Further messages of the SecretWriter, besides tokens and scope; and its own ticks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "protocol/messages/leader.hpp"
#include "protocol/messages/namespaces.hpp"
#include "protocol/messages/scope.hpp"
#include "protocol/messages/token.hpp"
#include "protocol/messages/watch.hpp"
#include "protocol/selection.hpp"

namespace acr {

/// An instance as far as the SecretWriter needs to know it.
struct expected_instance {
  std::string name;                 ///< `config::instance::name`
  std::vector<std::string> domains; ///< From the configuration; empty: not known yet.
  selection namespaces{true};       ///< Its credentials go to no others.
};

/// Supervisor -> SecretWriter: these instances, in this order. Entries of any other have to be
/// removed.
struct expect_instances {
  std::vector<expected_instance> instances;
  std::string email; ///< Written into each entry, if not empty.
  /// Another replica has led meanwhile: no known credential is current any more, and all instances
  /// count as pending again.
  bool forget = false;
};

/// Private: the queue has work now. An old generation is ignored.
struct work_due {
  std::uint64_t generation;
};

/// The SecretWriter: sink of tokens and scope, owner of the watch of our own Secrets.
using secret_writer = token_sink::extend<
    // What is in scope.
    caf::reacts_to<scope_changed>,
    // Which instances there are.
    caf::reacts_to<expect_instances>,
    // The selection behind the scope: where Secrets may be watched namespace by namespace.
    caf::reacts_to<select_scope>,
    // The clock has changed: credentials that expired while the machine slept are withdrawn now.
    caf::reacts_to<clock_changed>,
    // Private.
    caf::reacts_to<work_due>>::extend_with<namespace_teller>::extend_with<watch_sink>::
    extend_with<leadership_sink>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::expect_instances)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::work_due)
