/// From lists and watches of Namespaces and ServiceAccounts to what is in scope.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/kubernetes/requests.hpp"
#include "protocol/messages/scope.hpp"
#include "protocol/messages/watch.hpp"

namespace acr {

/// One watch that a selection needs.
struct scope_watch {
  kubernetes::watch_spec what;
  bool sweep = false; ///< Only its first list counts; it is stopped then.

  friend bool operator==(const scope_watch&, const scope_watch&) = default;
};

/// The watches for a selection. All namespaces and one account name: only accounts of that name are
/// watched, and one sweep over the others finds references of ours that are to go.
std::vector<scope_watch> watches_for(const select_scope& wanted);

/// Pure: told what the watches say, tells the events of scope.
class scope_tracker {
public:
  /// Another selection: watches to stop, watches to start, and what left the scope by it.
  struct change {
    std::vector<watch_id> stop;
    std::vector<scope_watch> start;
    std::vector<scope_event> events;
  };
  change select(select_scope wanted);
  /// `start` was carried out: this is the watch's id.
  void started(watch_id id, scope_watch what);

  struct outcome {
    std::vector<scope_event> events;
    std::optional<watch_id> stop; ///< A sweep that is over.
  };
  outcome observed(const watch_batch& batch);

private:
  /// A watch, and the names that it has told.
  struct running {
    scope_watch what;
    bool listed = false;
    std::set<kubernetes::object_ref> known;
    std::set<kubernetes::object_ref> listing; ///< Of the list under way.
  };

  void apply(running& watch, const kubernetes::object& object, std::vector<scope_event>& out);
  void remove(running& watch, const kubernetes::object_ref& ref, std::vector<scope_event>& out);
  void list_complete(watch_id id, running& watch, outcome& out);
  void complete(std::vector<scope_event>& out);
  static bool leftover(const kubernetes::service_account& account);

  std::optional<select_scope> wanted_;
  std::map<watch_id, running> running_;
  std::map<std::string, std::set<std::string>> accounts_; ///< In scope, by namespace.
  std::set<std::string> namespaces_;                      ///< In scope and existing.
  bool synced_ = false;
};

} // namespace acr
