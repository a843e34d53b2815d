/// Derives what is in scope from lists and watches of Namespaces and ServiceAccounts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/interned.hpp"
#include "protocol/kubernetes/admission_review.hpp"
#include "protocol/kubernetes/requests.hpp"
#include "protocol/messages/scope.hpp"
#include "protocol/messages/watch.hpp"

namespace acr {

/// One watch that a selection needs.
struct scope_watch {
  kubernetes::watch_spec what;
  bool sweep = false; ///< Only its first list is needed; then it is stopped.

  friend bool operator==(const scope_watch&, const scope_watch&) = default;
};

/// The watches for a selection. A list of names: each namespace by itself, so that Roles suffice; a
/// list of more than 64 needs one watch over all, unless `apart`. All namespaces and one account
/// name: only accounts of that name are watched, and one sweep over the others finds references of
/// ours that are to be removed.
std::vector<scope_watch> watches_for(const select_scope& wanted, bool apart = false);

/// Pure: takes what the watches report, returns the events of scope.
class scope_tracker {
public:
  /// The effect of a new selection: watches to stop and to start, and what left the scope.
  struct change {
    std::vector<watch_id> stop;
    std::vector<scope_watch> start;
    std::vector<scope_event> events;
  };
  change select(select_scope wanted);
  /// That watch is forbidden. If it covers all namespaces for a list of them, each is watched by
  /// itself from now on. Nothing to stop or start: there is no other way.
  change refused(watch_id id);
  /// `start` was carried out: this is the watch's id.
  void started(watch_id id, scope_watch what);

  struct outcome {
    std::vector<scope_event> events;
    std::optional<watch_id> stop; ///< A completed sweep.
    bool exceptions = false;      ///< `exceptions()` has changed.
  };
  outcome observed(const watch_batch& batch);
  /// What the webhook, which sees only names, has to know besides.
  kubernetes::admission_exceptions exceptions() const;

private:
  /// Lists are numbered: an object that still carries an earlier number when a list is complete is
  /// gone.
  using list_number = std::uint32_t;
  struct running {
    scope_watch what;
    bool listed = false;
    list_number list = 0; ///< The last one begun.
  };
  struct known_account {
    shared_text name;
    list_number list = 0; ///< Of its watch, when last reported.
    bool ignored = false; ///< Its owner opted out.
  };
  /// What is in scope and exists. Kept small: a cluster may have a hundred thousand accounts.
  struct known_namespace {
    list_number list = 0;                ///< The same, of the Namespace's watch; 0: not reported.
    bool excluded = false;               ///< By its labels or its owner.
    std::vector<known_account> accounts; ///< By name.
  };
  using known_namespaces = std::map<std::string, known_namespace>;

  void apply(const running& watch, const kubernetes::object& object, bool listed, outcome& out);
  void apply_namespace(const running& watch, const kubernetes::name_space& space, outcome& out);
  void remove(const running& watch, const kubernetes::object_ref& ref,
              std::vector<scope_event>& out);
  void list_complete(watch_id id, running& watch, outcome& out);
  /// Objects of that list's range that it did not contain are gone.
  static void drop_unnamed(const running& watch, const std::string& ns, known_namespace& known,
                           std::vector<scope_event>& out);
  static bool leftover(const kubernetes::service_account& account);

  std::optional<select_scope> wanted_;
  std::map<watch_id, running> running_;
  known_namespaces known_;
  list_number lists_ = 0;
  bool apart_ = false; ///< Watching is allowed only by Roles in the listed namespaces.
  bool synced_ = false;
};

} // namespace acr
