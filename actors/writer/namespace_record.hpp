/// One namespace as the SecretWriter knows it, and the next thing to do there.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/writer/account_table.hpp"
#include "actors/writer/credential_book.hpp"
#include "protocol/kubernetes/objects.hpp"

namespace acr {

/// A Secret of one of our names as last seen.
struct secret_record {
  std::string uid;
  std::string resource_version;
  bool ours = false;          ///< To be kept as it should be: our label, or managedFields name us.
  bool written_by_us = false; ///< managedFields name us: a mere copy of ours is never deleted.
  content_digest digest{};
  /// The whole of it, while some instance is pending and its entries may have to be kept; or until
  /// it is judged whether it may stay.
  std::shared_ptr<const kubernetes::secret> content; // most have none: not in place
  /// The first end of a password in `content`, as its annotation tells.
  std::optional<wall_time> first_end;
  /// It was found, and serves until then although there is a newer password.
  std::optional<wall_time> stays_until;
};

enum class standing : std::uint8_t {
  unknown, ///< Something in it was seen, and not yet the namespace; or no longer.
  serving, ///< In scope.
  leaving, ///< Out of scope: what is ours is to go.
  ending,  ///< Terminating: left alone.
};

struct namespace_record {
  standing state = standing::unknown;
  account_table accounts;
  /// By index; most have one or none: not in place.
  std::array<std::unique_ptr<secret_record>, secret_names.size()> secrets;
  /// A write was refused: there is another one than known. It is looked at first.
  std::array<bool, secret_names.size()> doubtful{};
  std::chrono::milliseconds seen_at{}; ///< Monotonic; when it came into scope.
  bool served = false;                 ///< Linked and written at least once.
  /// While leaving: the accounts are as the server has them now (else they are listed first).
  bool inspected = false;
};

/// One request.
struct work_step {
  enum class kind : std::uint8_t {
    nothing, ///< All is as it should be.
    wait,    ///< Look again at `not_before`.
    link,    ///< Add `names` to `account`.
    unlink,  ///< Remove `names` from `account`.
    apply,   ///< Write the Secret at `index`.
    remove,  ///< Delete the Secret at `index`.
    inspect, ///< List the ServiceAccounts.
    look,    ///< Read the Secret at `index`.
    forget,  ///< Nothing of ours is left in a namespace that is out of scope.
  };
  kind what = kind::nothing;
  std::string account;
  std::vector<std::string> names;
  std::size_t index = 0;
  std::chrono::milliseconds not_before{};
  std::string version{}; ///< Of the Secret as it was known then; empty: there was none.
};

/// What the next step depends on beside the record.
struct plan_input {
  /// Digests that the namespace should have, by index; shorter if fewer Secrets are needed. An
  /// empty slot is a Secret that is not to be written now, and not to be removed.
  std::vector<std::optional<content_digest>> wanted;
  std::chrono::milliseconds now{}; ///< Monotonic.
};

/// A namespace without any account in scope gets its Secret only after this time: a new
/// namespace's `default` account appears within moments, and the link must come first.
inline constexpr std::chrono::milliseconds account_grace = std::chrono::seconds{2};

/// The order is links, then Secrets (the kubelet re-reads a Secret's content at every retry, but a
/// Pod keeps the list that it was admitted with); when going, un-link first, delete second.
/// A foreign Secret of our name is never touched, nor linked.
work_step next_step(const namespace_record& record, const plan_input& input);

/// That step with the Secret at `index`; it is looked at first if what is known of it is out of
/// date.
work_step once_known(const namespace_record& record, work_step::kind what, std::size_t index);

/// Whether a Secret of our name is ours: it carries our label, or managedFields name us.
bool is_ours(const kubernetes::secret& seen);

} // namespace acr
