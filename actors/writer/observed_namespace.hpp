/// One namespace as the watches and the answers to our requests show it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "actors/writer/desired_secrets.hpp"
#include "actors/writer/observed_accounts.hpp"
#include "protocol/kubernetes/objects.hpp"

namespace acr {

/// A Secret of one of our names as last seen.
struct observed_secret {
  std::string uid;
  std::string resource_version;
  content_digest digest{};
  bool ours = false;               ///< To be kept as desired: our label, or our managedFields.
  bool written_by_us = false;      ///< managedFields name us: a mere copy of ours is never deleted.
  bool written_last_by_us = false; ///< And unchanged since.
  std::shared_ptr<const secret_content> content; ///< Only of ours.
};

enum class namespace_phase : std::uint8_t {
  unknown,     ///< Something in it was seen, but not the namespace; or no longer.
  in_scope,    ///< To be synced.
  leaving,     ///< Out of scope: our objects are to be removed.
  excluded,    ///< Out of scope, and still watched: it may come back at any time.
  terminating, ///< Being deleted: left alone.
};

/// A list of all accounts of a leaving namespace, page by page.
struct account_listing {
  std::string continue_token;
  int limit = 500;
  int pages = 0;
};

struct observed_namespace {
  namespace_phase phase = namespace_phase::unknown;
  observed_accounts accounts;
  /// By index; allocated one by one, since most namespaces have one or none.
  std::array<std::unique_ptr<observed_secret>, secret_names.size()> secrets;
  /// A write was refused since the Secret differs from what is known: it is read before the next
  /// one.
  std::array<bool, secret_names.size()> doubtful{};
  /// The beginning of the digest that we wrote last; 0: none.
  std::array<std::uint64_t, secret_names.size()> written{};
  /// There is or was a Secret of ours: in a leaving namespace references to it are useless.
  std::array<bool, secret_names.size()> had_ours{};
  std::chrono::milliseconds seen_at{}; ///< Monotonic; when it came into scope.
  bool synced = false;                 ///< Linked and written at least once.
  bool worked_on = false;              ///< This process has begun a write there.
  /// While leaving: the accounts are as the server has them (else they are listed first).
  bool inspected = false;
  bool listing_failed = false;              ///< Nothing waits for it.
  std::unique_ptr<account_listing> listing; ///< In flight.

  /// Once nothing of ours is left it becomes `excluded`, and its accounts stay known.
  bool to_be_excluded = false;

  /// Nothing of ours is to be there.
  bool out_of_scope() const {
    return phase == namespace_phase::leaving || phase == namespace_phase::excluded;
  }
  bool foreign(std::size_t index) const {
    const auto& secret = secrets.at(index);
    return secret && !secret->ours;
  }
  /// It was linked and written, and its first Secret is still there. One that was deleted or
  /// emptied counts as missing until there is something to put in, also if we emptied it because
  /// nothing in it belonged there any more. (`--on-expiry=remove` empties, but keeps the rows.)
  bool served() const {
    const auto& first = secrets.front();
    return synced && first && first->ours && first->content &&
           (first->content->names_hosts ||
            (first->written_last_by_us && first->content->names_instances));
  }
};

/// What `observed_namespace::written` keeps of a digest; never 0.
std::uint64_t mark_of(const content_digest& digest);

/// Whether a Secret of our name is ours: it carries our label, or managedFields name us.
bool is_ours(const kubernetes::secret& seen);

} // namespace acr
