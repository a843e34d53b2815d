/// All that the SecretWriter knows: what should be, what is, and what to do next in a namespace.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/writer/credential_book.hpp"
#include "actors/writer/namespace_record.hpp"
#include "protocol/messages/scope.hpp"
#include "protocol/messages/watch.hpp"

namespace acr {

/// Pure: told what happened and what time it is, it says which namespaces to look at.
class ledger {
public:
  struct times {
    std::chrono::milliseconds mono{};
    wall_time wall;
  };
  /// Namespaces to look at.
  using dirty = std::vector<std::string>;

  // What happened.
  dirty expect(expect_instances what);
  dirty issue(const token_issued& what, times now);
  dirty withdraw(const std::string& instance);
  dirty expire(wall_time now);
  dirty scope(const scope_event& event, times now);
  /// From the watch over all namespaces, or (`only`) of one.
  dirty secret(std::size_t index, const watch_event& event, const std::string& only = "");
  /// Secrets are watched there from now on: until the list is complete, nothing is written there.
  /// An empty `only` means all namespaces; so it is at the start.
  void list_begun(std::size_t index, const std::string& only);
  /// That watch has been stopped.
  void list_dropped(std::size_t index, const std::string& only);

  // What came of a step.
  void linked(const std::string& ns, const work_step& step, const kubernetes::object_meta& now);
  void unlinked(const std::string& ns, const work_step& step, const kubernetes::object_meta& now);
  void applied(const std::string& ns, std::size_t index, const desired_secret& content,
               const kubernetes::object_meta& now);
  void removed(const std::string& ns, std::size_t index);
  void inspected(const std::string& ns, const std::vector<kubernetes::service_account>& accounts);
  /// The account no longer exists.
  void account_missing(const std::string& ns, const std::string& account);
  /// What we know of a leaving namespace was out of date.
  void conflicted(const std::string& ns, const work_step& step);
  /// The Secret as it is now; nothing: there is none.
  void looked(const std::string& ns, std::size_t index, std::optional<kubernetes::secret> seen);
  /// The server says that the namespace is Terminating.
  void ending(const std::string& ns);
  void forget(const std::string& ns);

  // What to do.
  /// The next step; `revisit` is set if the namespace is to be looked at again at a certain
  /// wall time although nothing happens.
  work_step next(const std::string& ns, times now, std::optional<wall_time>& revisit);
  /// What `apply` at `index` should write.
  desired_secret content(const std::string& ns, std::size_t index, wall_time now) const;
  namespace_record* find(const std::string& ns);
  const credential_book& book() const { return book_; }

  /// No list of Secrets over all namespaces is under way: before that nothing may be written.
  bool ready() const { return listed(""); }
  /// At the start, Secrets are written only when all instances have answered or this long after the
  /// first did: one write instead of one for each.
  static constexpr std::chrono::milliseconds settle_time{1500};
  std::size_t serving() const;
  /// Everything in scope has been told.
  bool synced() const { return scope_synced_; }
  const std::unordered_map<std::string, namespace_record>& records() const { return records_; }

private:
  dirty all_serving() const;
  dirty drop_leftovers();
  bool drop_if_left_over(namespace_record& record) const;
  void wanted_anew();
  void wanted_in_turn(const std::vector<content_digest>& before, std::chrono::milliseconds left,
                      wall_time now);
  std::optional<wall_time> stay(const std::string& ns, secret_record& found,
                                const desired_secret& wanted, wall_time now) const;
  void store(secret_record& record, const kubernetes::secret& seen, bool found) const;
  bool settled(std::chrono::milliseconds now);
  /// Where nothing is known of a namespace any more, neither itself nor anything in it.
  void forget_if_empty(const std::string& ns);
  static void leave(namespace_record& record);
  static void looked_again(namespace_record& record,
                           const std::vector<kubernetes::service_account>& accounts);
  desired_secret desired(const namespace_record& record, std::size_t index, wall_time now,
                         std::optional<wall_time>& carried_until) const;

  credential_book book_;
  std::unordered_map<std::string, namespace_record> records_;
  bool listed(const std::string& only) const;

  /// A list of Secrets: the namespace that it is of (empty: all), and which of our names.
  using secret_list = std::pair<std::string, std::size_t>;
  std::map<secret_list, std::set<std::string>> listing_; ///< Namespaces named by one under way.
  std::set<secret_list> unlisted_{{"", 0}, {"", 1}, {"", 2}, {"", 3}};
  static_assert(std::tuple_size_v<decltype(secret_names)> == 4);
  /// With which version Secrets that are to be written went, until they are there again.
  std::map<std::pair<std::string, std::size_t>, std::string> gone_;
  bool scope_synced_ = false;
  bool settled_ = false;
  std::optional<std::chrono::milliseconds> held_until_;
};

} // namespace acr
