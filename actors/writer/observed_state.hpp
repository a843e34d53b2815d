/// The SecretWriter's view of the cluster: namespaces in scope, their accounts, our Secrets.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/writer/object_key.hpp"
#include "actors/writer/observed_namespace.hpp"
#include "protocol/failure.hpp"
#include "protocol/messages/scope.hpp"
#include "protocol/messages/watch.hpp"
#include "protocol/selection.hpp"

namespace acr {

/// Pure: filled by watches and by the answers to our own requests, whichever is newer. It has no
/// notion of the desired state.
class observed_state {
public:
  using ms = std::chrono::milliseconds;

  /// What has changed, and has to be reconciled.
  struct changes {
    std::vector<object_key> objects;
    std::vector<std::string> namespaces; ///< All objects in them.
    std::vector<std::string> moved;      ///< Namespaces that came back into the scope or left it.
  };

  // Scope.
  changes scope(const scope_event& event, ms now);
  /// Sets which namespaces are selected: these are never treated as left over.
  changes select(const selection& namespaces);

  // The watches of our Secrets.
  /// From the watch over all namespaces, or (`only`) of one.
  changes secret(std::size_t index, const watch_event& event, const std::string& only = "");
  /// A watch of Secrets begins there: until the list is complete, nothing is written there. An
  /// empty `only` means all namespaces; so it is at the start.
  void list_begun(std::size_t index, const std::string& only);
  /// That watch has been stopped.
  void list_dropped(std::size_t index, const std::string& only);

  // Answers to our requests. `expected` is the version that was known when the request was made.
  /// The account as a write left it, or as it was read. A read replaces what was known, unless the
  /// watch has reported something else meanwhile.
  void account_written(const std::string& ns, const kubernetes::service_account& now);
  void account_read(const std::string& ns, const std::string& expected,
                    const kubernetes::service_account& now);
  void account_missing(const std::string& ns, const std::string& account);
  void applied(const std::string& ns, std::size_t index, const desired_secret& what,
               const kubernetes::object_meta& now);
  void removed(const std::string& ns, std::size_t index, const std::string& expected);
  /// The Secret as it was read; nothing: there is none.
  void secret_read(const std::string& ns, std::size_t index, const std::string& expected,
                   std::optional<kubernetes::secret> now);
  /// A page of the accounts of a leaving namespace. False: the list does not end.
  bool accounts_listed(const std::string& ns,
                       const std::vector<kubernetes::service_account>& accounts,
                       const std::string& continue_token);
  /// Too large pages become smaller; an expired list starts over.
  void listing_failed(const std::string& ns, errc why);
  /// A write of the object has failed, or the list of the accounts: the rest of the work in a
  /// leaving namespace no longer waits for it.
  void failed(const object_key& key);
  /// The object differs from its state at `expected`: it is read before the next write.
  void conflicted(const object_key& key, const std::string& expected);
  /// The server says that the namespace is being deleted.
  void terminating(const std::string& ns);
  void forget(const std::string& ns);
  /// Nothing of ours is left there.
  void released(const std::string& ns);
  /// Others may have written since: differences from our last writes are no interference.
  void forget_writes();

  // What is known.
  observed_namespace* find(const std::string& ns);
  const observed_namespace* find(const std::string& ns) const;
  const std::unordered_map<std::string, observed_namespace>& namespaces() const { return records_; }
  std::size_t in_scope() const;
  /// No list of Secrets over all namespaces is in flight: before that nothing may be written.
  bool ready() const { return listed(""); }
  bool listed(const std::string& only) const;
  /// Everything in scope has been reported.
  bool synced() const { return scope_synced_; }
  /// Number of contents held in memory.
  std::size_t contents() const { return contents_.size(); }

private:
  changes leave_leftovers();
  bool leave_if_left_over(const std::string& ns, observed_namespace& record) const;
  changes list_complete(std::size_t index, const std::string& only);
  void store(observed_secret& into, const kubernetes::secret& seen);
  static void see(observed_namespace& record, const account_seen& event);
  /// Drops a namespace of which nothing is known any more, neither itself nor anything in it.
  void forget_if_empty(const std::string& ns);
  static void leave(observed_namespace& record);
  static void exclude(observed_namespace& record);

  std::unordered_map<std::string, observed_namespace> records_;
  content_pool contents_;
  std::optional<selection> selected_;

  /// A list of Secrets: its namespace (empty: all), and which of our names.
  using secret_list = std::pair<std::string, std::size_t>;
  std::map<secret_list, std::set<std::string>> listing_; ///< Namespaces that a list has shown.
  std::set<secret_list> unlisted_{{"", 0}, {"", 1}, {"", 2}, {"", 3}};
  static_assert(std::tuple_size_v<decltype(secret_names)> == 4);
  /// The versions with which desired Secrets were deleted, until they are back.
  std::map<std::pair<std::string, std::size_t>, std::string> gone_;
  bool scope_synced_ = false;
};

} // namespace acr
