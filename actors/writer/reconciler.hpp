/// The next action for one object, and its reason: a function of the desired state, the observed
/// state and the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/writer/desired_state.hpp"
#include "actors/writer/object_key.hpp"
#include "actors/writer/observed_state.hpp"

namespace acr {

/// Why an object is written: shown by log, status, metrics and tests.
enum class write_reason : std::uint8_t {
  none,
  new_link,        ///< The account was not linked before.
  new_secret,      ///< The namespace had no Secret.
  expired,         ///< A credential in it has expired: it is blanked.
  link_removed,    ///< Our link was removed.
  secret_deleted,  ///< Our Secret was deleted.
  secret_changed,  ///< Our Secret was changed by another client.
  outdated,        ///< There are newer credentials, or another configuration.
  surplus,         ///< This Secret is no longer needed.
  out_of_scope,    ///< The namespace or the account has left the scope.
  unknown_version, ///< It differs from what is known: it is read.
};
/// "new link", "secret deleted", ...
const char* to_string(write_reason reason);

/// The order of the work: links and first Secrets, then withdrawals, then repairs, then the rest.
enum class write_priority : std::uint8_t { first, withdrawal, repair, rest };
write_priority priority_of(write_reason reason);
/// Another client reverts our writes, or it is not urgent: the rate is limited for each object.
bool is_limited(write_reason reason);

struct action {
  enum class kind : std::uint8_t {
    none,          ///< Nothing to do.
    link,          ///< Add `names` to the account's list.
    unlink,        ///< Remove `names` from it.
    apply,         ///< Write `secret`.
    remove,        ///< Delete the Secret.
    read,          ///< Read the object.
    list_accounts, ///< List the accounts of the namespace, or its next page.
    release,       ///< Nothing of ours is left in an out-of-scope namespace.
  };
  kind what = kind::none;
  write_reason reason = write_reason::none;
  std::vector<std::string> names{};
  desired_secret_ptr secret{};
  /// Check again then, although nothing happens; also with `none`.
  std::optional<wall_time> look_again{};
  /// With `none`: check again then, by the monotonic clock.
  std::optional<std::chrono::milliseconds> not_before{};
};

/// How the reconciler treats namespaces that have no account in scope yet.
struct reconcile_options {
  /// Every namespace has an account in scope: the Secret need not wait for it.
  bool default_in_scope = false;
};

/// A namespace without any account in scope gets its Secret only after this time: most accounts
/// appear moments after their namespace, and an unlinked Secret is of little use.
inline constexpr std::chrono::milliseconds account_grace = std::chrono::seconds{2};

/// Links come before Secrets in the order of the work, but neither waits for the other: the kubelet
/// re-reads a Secret's content at every retry, while a Pod keeps the list that it was admitted
/// with. A foreign Secret of our name is never touched, nor linked.
action reconcile(const desired_state& desired, const observed_state& observed,
                 const object_key& key, times now, reconcile_options options = {});

} // namespace acr
