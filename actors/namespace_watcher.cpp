#include "actors/namespace_watcher.hpp"

#include <set>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/scope_tracker.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/kubernetes/watch_group.hpp"

namespace acr {

namespace {

class namespace_watcher_state {
public:
  using pointer = namespace_watcher::stateful_pointer<namespace_watcher_state>;

  static inline const char* name = "acr.namespace_watcher";

  explicit namespace_watcher_state(pointer self) : self_{self} {}

  namespace_watcher::behavior_type make_behavior(namespace_watcher_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    self_->set_down_handler([this](caf::down_msg& m) {
      if (watches_.lost(m))
        self_->quit(m.reason);
    });
    watches_.attach(self_, caf::actor_cast<namespace_watcher>(self_), deps_.api, deps_.seed,
                    deps_.report);
    return {
        [this](const watch_batch& m) { observed(m); },
        [this](const watch_troubled& m) {
          if (!watches_.active(m.id) || refused(m))
            return;
          troubled_.insert(m.id);
          deps_.log.failed(log_level::warning, "watch_failed",
                           "cannot watch Namespaces or ServiceAccounts, retrying", m.reason);
        },
        [this](const watch_recovered& m) {
          if (troubled_.erase(m.id) > 0 && troubled_.empty())
            deps_.log.info("watch_recovered",
                           "watch of Namespaces and ServiceAccounts works again");
        },
        [this](const select_scope& m) { select(m); },
    };
  }

private:
  void select(const select_scope& wanted) { carry_out(tracker_.select(wanted)); }

  void carry_out(scope_tracker::change change) {
    for (const auto id : change.stop)
      stop(id);
    tell(std::move(change.events));
    for (auto& watch : change.start)
      tracker_.started(watches_.start(watch.what), watch);
  }

  /// Returns whether there was another way to watch.
  bool refused(const watch_troubled& what) {
    if (what.reason.code != errc::denied)
      return false;
    auto change = tracker_.refused(what.id);
    if (change.start.empty())
      return false;
    deps_.log.info("scope_watched_apart",
                   "no permission to watch Namespaces and ServiceAccounts cluster-wide; listed "
                   "namespaces are watched one by one",
                   {{"namespaces", change.start.size() / 2}});
    carry_out(std::move(change));
    return true;
  }

  void observed(const watch_batch& batch) {
    auto outcome = tracker_.observed(batch);
    if (outcome.stop)
      stop(*outcome.stop);
    // Before others act: what they write is to be admitted as it is.
    if (outcome.exceptions && deps_.tell_exceptions)
      deps_.tell_exceptions(tracker_.exceptions());
    tell(std::move(outcome.events));
  }

  void stop(watch_id id) {
    watches_.stop(id);
    troubled_.erase(id);
  }

  void tell(std::vector<scope_event> events) {
    if (!events.empty())
      self_->send(deps_.sink, scope_changed{std::move(events)});
  }

  pointer self_;
  namespace_watcher_deps deps_;
  scope_tracker tracker_;
  watch_group watches_;
  std::set<watch_id> troubled_; ///< Those that currently fail.
};

namespace_watcher::behavior_type namespace_watcher_body(namespace_watcher_state::pointer self,
                                                        namespace_watcher_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

namespace_watcher spawn_namespace_watcher(caf::actor_system& system, namespace_watcher_deps deps) {
  return system.spawn(namespace_watcher_body, std::move(deps));
}

} // namespace acr
