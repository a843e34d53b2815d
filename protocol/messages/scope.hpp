/// The scope: supervisor -> NamespaceWatcher -> SecretWriter.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "protocol/kubernetes/objects.hpp"
#include "protocol/label_selector.hpp"
#include "protocol/messages/watch.hpp"
#include "protocol/selection.hpp"

namespace acr {

/// Supervisor -> NamespaceWatcher: these are in scope from now on.
struct select_scope {
  selection namespaces;
  selection service_accounts;
  label_selector labels{}; ///< Of the namespaces: both must hold.

  /// Whether the namespace is one of them; its name alone does not decide.
  bool serves(const kubernetes::name_space& one) const {
    return namespaces.contains(one.meta.ref.name) && labels.selects(one.labels) && !one.ignored;
  }
  /// Whether the account is one to link, if its namespace is one of them.
  bool links(const kubernetes::service_account& one) const {
    return service_accounts.contains(one.meta.ref.name) && !one.ignored;
  }

  friend bool operator==(const select_scope&, const select_scope&) = default;
};

/// A namespace in scope exists.
struct namespace_seen {
  std::string name;
  bool terminating = false;
};
/// A namespace has left the scope, and still exists: our objects in it have to be removed.
struct namespace_left {
  std::string name;
  /// By its labels or its owner's wish: it may come back at any time, and stays watched.
  bool excluded = false;
};
/// A namespace has been deleted.
struct namespace_gone {
  std::string name;
};
/// A ServiceAccount in a namespace in scope was created or changed; or (`in_scope` false) it is out
/// of scope, but carries a reference that we once wrote.
struct account_seen {
  kubernetes::service_account account;
  bool in_scope = true;
  bool listed = false; ///< From a list, not from an event of the watch.
};
/// A ServiceAccount has left the scope, and still exists: our reference has to be removed.
struct account_left {
  kubernetes::object_ref ref;
};
/// A ServiceAccount has been deleted.
struct account_gone {
  kubernetes::object_ref ref;
};
/// Everything in scope has been reported once.
struct scope_synced {};

using scope_event = std::variant<namespace_seen, namespace_left, namespace_gone, account_seen,
                                 account_left, account_gone, scope_synced>;

/// NamespaceWatcher -> SecretWriter: in order.
struct scope_changed {
  std::vector<scope_event> events;
};

using scope_sink = caf::typed_actor<
    // The scope and its changes.
    caf::reacts_to<scope_changed>>;

/// The NamespaceWatcher, which owns the watches of Namespaces and ServiceAccounts.
using namespace_watcher = watch_sink::extend<
    // Another selection.
    caf::reacts_to<select_scope>>;

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::select_scope)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::scope_changed)
