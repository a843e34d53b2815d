#include "actors/secret_writer.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/writer/action_request.hpp"
#include "actors/writer/desired_state.hpp"
#include "actors/writer/foreign_secrets.hpp"
#include "actors/writer/namespace_views.hpp"
#include "actors/writer/observed_state.hpp"
#include "actors/writer/reconciler.hpp"
#include "actors/writer/retry_delay.hpp"
#include "actors/writer/secret_watches.hpp"
#include "actors/writer/workqueue.hpp"
#include "actors/writer/write_reporter.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/clock/monotonic.hpp"
#include "runtime/clock/pending_answers.hpp"
#include "runtime/clock/wake_timer.hpp"

namespace acr {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using kind = action::kind;

constexpr auto overdue_pause = milliseconds{1s}; // prevents a busy loop, whatever is wrong
constexpr unsigned conflicts_to_report = 5;
constexpr auto throttled_pause = milliseconds{1s}; // without Retry-After

class secret_writer_state {
public:
  using pointer = secret_writer::stateful_pointer<secret_writer_state>;
  using answers = pending_answers<result<http_response>>;

  static inline const char* name = "acr.secret_writer";

  explicit secret_writer_state(pointer self) : self_{self} {}

  secret_writer::behavior_type make_behavior(secret_writer_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    self_->set_down_handler([this](caf::down_msg& m) {
      if (watches_.lost(m))
        self_->quit(m.reason);
    });
    queue_ = workqueue{deps_.most_in_flight};
    desired_ = desired_state{{}, deps_.ended};
    reporter_ = write_reporter{deps_.log, deps_.report};
    random_.seed(static_cast<std::minstd_rand::result_type>(deps_.seed));
    watches_.start(self_, caf::actor_cast<secret_writer>(self_), deps_.api, deps_.seed, observed_,
                   deps_.log, deps_.report);
    return {
        [this](const token_issued& m) { issued(m); },
        [this](const token_withdrawn& m) { withdrawn(m); },
        [this](const scope_changed& m) { scope(m); },
        [this](const expect_instances& m) { expected(m); },
        [this](const select_scope& m) { selected(m); },
        [this](const clock_changed&) {
          reconcile_all();
          pump();
        },
        [this](const leadership& m) {
          const bool before = leads();
          leads_until_ = m.until;
          if (!before && leads()) // what other replicas have synced counts as synced
            reconcile_all();
          pump();
        },
        [this](const work_due& tick) {
          if (wake_.woken(tick.generation)) {
            open_.give_up(mono(), session_down());
            pump();
          }
        },
        [this](const ask_namespaces& m) { return views_of(observed_, reporter_.failures(), m); },
        [this](const watch_batch& m) { observed(m); },
        [this](const watch_troubled& m) {
          watches_.troubled(m);
          pump(); // others may be running now
        },
        [this](const watch_recovered& m) { watches_.recovered(m); },
    };
  }

private:
  // Events.

  void issued(const token_issued& m) {
    if (desired_.issue(m, now(), observed_.in_scope()))
      desired_changed();
    pump();
  }

  void withdrawn(const token_withdrawn& m) {
    if (desired_.withdraw(m.instance))
      desired_changed();
    pump();
  }

  void expected(const expect_instances& m) {
    if (m.forget)
      observed_.forget_writes();
    desired_.expect(m);
    desired_changed();
    pump();
  }

  void selected(const select_scope& m) {
    options_.default_in_scope = m.service_accounts.contains("default");
    reconcile(observed_.select(m.namespaces));
    watches_.select(m.namespaces);
    pump();
  }

  void scope(const scope_changed& m) {
    for (const auto& event : m.events) {
      if (const auto* gone = std::get_if<namespace_gone>(&event)) {
        queue_.forget_namespace(gone->name);
        open_actions_.erase(gone->name);
        reporter_.gone(gone->name);
      }
      if (const auto* gone = std::get_if<account_gone>(&event))
        queue_.forget(account_key(gone->ref.ns, gone->ref.name));
      if (const auto* seen = std::get_if<account_seen>(&event))
        remember_manager(account_key(seen->account.meta.ref.ns, seen->account.meta.ref.name),
                         seen->account.list_manager);
      reconcile(observed_.scope(event, mono()));
    }
    pump();
  }

  void observed(const watch_batch& m) {
    const auto* place = watches_.find(m.id);
    if (!place)
      return; // a watch that was stopped
    for (const auto& event : m.events) {
      if (const auto* seen = std::get_if<kubernetes::secret>(&event.object);
          seen && !seen->meta.ref.ns.empty())
        remember_manager(secret_key(seen->meta.ref.ns, place->index), seen->last_manager);
      reconcile(observed_.secret(place->index, event, place->ns));
    }
    pump();
  }

  /// Remembers the last writer of an object whose changes conflict with ours, for the report.
  void remember_manager(const object_key& key, const std::string& manager) {
    if (!manager.empty() && queue_.contested(key, mono()))
      managers_[key] = manager;
  }

  // Reconciling.

  void reconcile(const observed_state::changes& changed) {
    for (const auto& ns : changed.moved)
      queue_.start_again(ns); // a refused write holds up no removal, nor the other way round
    for (const auto& ns : changed.namespaces)
      reconcile_namespace(ns);
    for (const auto& key : changed.objects)
      reconcile(key);
  }

  void reconcile_namespace(const std::string& ns) {
    const auto* record = observed_.find(ns);
    if (!record)
      return;
    for (const auto& [account_name, account] : record->accounts)
      reconcile(account_key(ns, account_name));
    reconcile_secrets(ns);
    reconcile(namespace_key(ns));
  }

  void reconcile_secrets(const std::string& ns) {
    const auto* record = observed_.find(ns);
    for (std::size_t i = 0; record && i < secret_names.size(); ++i)
      if (record->secrets.at(i) ||
          i < std::max<std::size_t>(desired_.secrets().secrets_in(ns).size(), 1))
        reconcile(secret_key(ns, i));
  }

  void reconcile_all() {
    for (const auto& [ns, record] : observed_.namespaces())
      reconcile_namespace(ns);
  }

  /// Accounts are concerned only if other Secrets are to be linked.
  void desired_changed() {
    const auto links = desired_.link_generation();
    if (std::exchange(link_generation_, links) != links)
      return reconcile_all();
    for (const auto& [ns, record] : observed_.namespaces())
      reconcile_secrets(ns);
  }

  /// Queues the object if there is something to do, now or later.
  void reconcile(const object_key& key) {
    if (key.what == object_key::kind::secret) {
      const auto* record = observed_.find(key.ns);
      foreign_.see(key.ns, index_of(key), record && record->foreign(index_of(key)));
    }
    const auto next = acr::reconcile(desired_, observed_, key, now(), options_);
    if (next.what == kind::none) {
      settled(key, next);
      return look_again(key, next);
    }
    look_again(key, next);
    open_actions_[key.ns].insert(key);
    queue_.add(key, priority_of(next.reason), mono(), mono());
  }

  void look_again(const object_key& key, const action& next) {
    if (next.look_again) {
      const auto due = due_at(*next.look_again);
      queue_.add(key, write_priority::rest, due > mono() ? due : mono() + overdue_pause, mono());
    }
    if (next.not_before)
      queue_.add(key, write_priority::rest, std::max(*next.not_before, mono() + 1ms), mono());
  }

  /// The object is as desired, or has to wait.
  void settled(const object_key& key, const action& next = {}) {
    queue_.drop(key);
    // An action that waits for its turn may fail as before when it runs.
    const bool waits = next.look_again || next.not_before;
    if (waits && queue_.failures(key) > 0)
      return;
    queue_.settled(key, mono());
    if (!queue_.contested(key, mono()))
      reporter_.works(key);
    else // report recovery only after it has worked for a while
      queue_.add(key, write_priority::rest, queue_.uncontested_at(key), mono());
    const auto open = open_actions_.find(key.ns);
    if (open != open_actions_.end()) {
      const bool was_open = open->second.erase(key) > 0;
      const bool more = !open->second.empty();
      if (!more)
        open_actions_.erase(open);
      if (const auto* record = observed_.find(key.ns); was_open && record && record->out_of_scope())
        leave(key);
      if (more)
        return;
    }
    // Nothing is left to do in the namespace.
    if (auto* record = observed_.find(key.ns); record && observed_.ready() && leads()) {
      if (record->phase == namespace_phase::in_scope)
        reporter_.synced(key.ns, *record, mono());
      else if (record->phase == namespace_phase::leaving &&
               key.what != object_key::kind::name_space)
        reconcile(namespace_key(key.ns));
    }
  }

  /// One object of a leaving namespace is done, or has failed: others may have waited for it.
  void leave(const object_key& key) {
    if (key.what != object_key::kind::secret)
      reconcile_secrets(key.ns);
    if (key.what != object_key::kind::name_space)
      reconcile(namespace_key(key.ns));
  }

  // Writing.

  bool leads() const { return !deps_.elected || (leads_until_ && mono() < *leads_until_); }

  void pump() {
    const bool ready = observed_.ready();
    if (ready && deps_.tell_foreign)
      if (auto all = foreign_.changes())
        deps_.tell_foreign(std::move(*all));
    if (ready && leads()) {
      // TokenActors withdraw in time; this covers one that dies at that moment.
      if (desired_.expire(deps_.wall()))
        desired_changed();
      // The lead may end at any step.
      while (leads())
        if (const auto key = queue_.take(mono()))
          work_on(*key);
        else
          break;
    }
    reporter_.left_out(desired_.secrets().left_out(), leads());
    reporter_.report(observed_, desired_.secrets(), queue_, now(), leads());
    arm(ready && leads());
  }

  void arm(bool works) {
    auto next = reporter_.next();
    const auto not_after = [&next](milliseconds then) {
      next = std::min(next.value_or(then), then);
    };
    if (const auto then = open_.next())
      not_after(*then);
    if (const auto then = queue_.next(mono()); works && then)
      not_after(*then);
    if (const auto expiry = desired_.secrets().next_expiry(); works && expiry)
      not_after(due_at(*expiry));
    if (const auto span = wake_.arm(mono(), next))
      self_->delayed_send(self_, *span, work_due{wake_.number()});
  }

  /// Begins the action on an object taken from the queue.
  void work_on(const object_key& key) {
    auto next = acr::reconcile(desired_, observed_, key, now(), options_);
    if (next.what == kind::none) {
      queue_.done(key, mono());
      settled(key, next);
      return look_again(key, next);
    }
    look_again(key, next);
    if (next.what == kind::release)
      return release(key);
    if (is_limited(next.reason)) {
      const auto allowed = queue_.allowed_at(key, mono());
      if (allowed > mono()) {
        const auto manager = managers_.find(key);
        reporter_.failed(
            key, overruled(key, manager == managers_.end() ? std::string{} : manager->second),
            mono());
        queue_.add(key, priority_of(next.reason), allowed, mono());
        return queue_.done(key, mono());
      }
    }
    auto request = request_for(observed_, key, next);
    if (!request) {
      queue_.done(key, mono());
      return settled(key);
    }
    if (auto* record = observed_.find(key.ns))
      record->worked_on = true;
    send(std::move(request->request),
         [this, key, next = std::move(next), version = request->version,
          finish = std::move(request->finish)](const action_request::answer& value) {
           finished(key, next, version, finish(observed_, value));
         });
  }

  void release(const object_key& key) {
    deps_.log.info("namespace_released",
                   "namespace left the scope; nothing of the helper remains in it",
                   {{"namespace", key.ns}});
    observed_.released(key.ns);
    open_actions_.erase(key.ns);
    queue_.drop(key);
    queue_.done(key, mono());
    reporter_.gone(key.ns);
  }

  void finished(const object_key& key, const action& done, const std::string& version,
                const std::optional<failure>& reason) {
    if (reason)
      return failed(key, done, version, *reason);
    const bool wrote = done.what != kind::read && done.what != kind::list_accounts;
    if (wrote) {
      if (is_limited(done.reason))
        queue_.written(key, mono());
      reporter_.written(key, done);
    }
    // Reading is no success yet: repeated conflicts back off.
    if (done.what != kind::read)
      queue_.succeeded(key);
    queue_.done(key, mono());
    if (done.what == kind::list_accounts) // what it showed is to be unlinked
      reconcile_namespace(key.ns);
    else
      reconcile(key);
    pump();
  }

  void send(http_request request, answers::handler on_answer) {
    http_call call{std::move(request), {}};
    const auto id = open_.add(mono() + call.limits.deadline + 5s, std::move(on_answer));
    // `open_` bounds it: CAF keeps a timeout of its own until it is due, answered or not.
    self_->request(deps_.api, caf::infinite, std::move(call))
        .then([this, id](const http_reply& reply) { open_.answer(id, reply.value); },
              [this, id](const caf::error&) { open_.answer(id, session_down()); });
  }

  static result<http_response> session_down() {
    return make_failure(errc::actor_down, "", "the Kubernetes session is down");
  }

  void failed(const object_key& key, const action& done, const std::string& version,
              const failure& reason) {
    bool report = true;
    switch (reason.code) {
    case errc::terminating:
      observed_.terminating(key.ns);
      queue_.forget_namespace(key.ns);
      queue_.done(key, mono());
      open_actions_.erase(key.ns);
      reporter_.gone(key.ns);
      return pump();
    case errc::throttled:
      throttled(key, reason);
      break;
    case errc::conflict:
      observed_.conflicted(key, version);
      // Expected now and then. A lasting one is a refusal.
      report = queue_.failures(key) >= conflicts_to_report;
      break;
    case errc::not_found:
      // The namespace has most likely just been deleted: its watch will report that in a moment.
      report = queue_.failures(key) > 0;
      break;
    default:
      break;
    }
    // A change that was reverted at once counts as one of our writes.
    if (reason.code == errc::overruled && is_limited(done.reason))
      queue_.written(key, mono());
    if (report)
      reporter_.failed(key, reason, mono());
    observed_.failed(key);
    queue_.failed(
        key, mono(),
        retry_delay(reason, queue_.failures(key), std::uniform_real_distribution<>{}(random_)),
        may_have_worked(reason.code));
    if (const auto* record = observed_.find(key.ns); record && record->out_of_scope())
      leave(key);
    pump();
  }

  /// The server asks for a pause. A single refused object may be due to its admission webhook: only
  /// a second one in another namespace pauses all writes.
  void throttled(const object_key& key, const failure& reason) {
    const auto until = mono() + reason.retry_after.value_or(throttled_pause);
    const bool another = throttled_ && throttled_->ns != key.ns && mono() < throttled_->until;
    if (another || observed_.in_scope() <= 1)
      queue_.pause(until);
    if (!another)
      throttled_ = {key.ns, std::max(until, mono() + 10s)};
  }

  milliseconds mono() const { return monotonic(*self_); }
  times now() const { return {mono(), deps_.wall()}; }
  /// By the monotonic clock. It is read first: a machine that is paused between the two readings is
  /// early, and never late.
  milliseconds due_at(wall_time at) const {
    const auto from = mono();
    return from + (at - deps_.wall());
  }

  pointer self_;
  secret_writer_deps deps_;
  desired_state desired_;
  observed_state observed_;
  reconcile_options options_;
  foreign_secrets foreign_;
  workqueue queue_{1};
  secret_watches watches_;
  write_reporter reporter_;
  std::size_t link_generation_ = 0;
  /// By namespace: objects that are not as desired.
  std::unordered_map<std::string, std::set<object_key>> open_actions_;
  std::map<object_key, std::string> managers_; ///< Field managers of contested objects.
  struct throttled_namespace {
    std::string ns;
    milliseconds until;
  };
  std::optional<throttled_namespace> throttled_; ///< The last one.
  std::minstd_rand random_;
  std::optional<milliseconds> leads_until_;
  answers open_;
  wake_timer wake_;
};

secret_writer::behavior_type secret_writer_body(secret_writer_state::pointer self,
                                                secret_writer_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

secret_writer spawn_secret_writer(caf::actor_system& system, secret_writer_deps deps) {
  return system.spawn(secret_writer_body, std::move(deps));
}

} // namespace acr
