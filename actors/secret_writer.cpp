#include "actors/secret_writer.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/writer/ledger.hpp"
#include "actors/writer/namespace_views.hpp"
#include "actors/writer/retry_delay.hpp"
#include "actors/writer/secret_watches.hpp"
#include "actors/writer/step_request.hpp"
#include "actors/writer/voice.hpp"
#include "actors/writer/work_queue.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/clock/monotonic.hpp"
#include "runtime/clock/pending_answers.hpp"
#include "runtime/clock/wake_timer.hpp"

namespace acr {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using kind = work_step::kind;

constexpr auto overdue_pause = milliseconds{1s};   // whatever is wrong: no busy loop
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
    queue_ = work_queue{deps_.most_in_flight};
    voice_ = writer_voice{deps_.log, deps_.report};
    random_.seed(static_cast<std::minstd_rand::result_type>(deps_.seed));
    watches_.start(self_, caf::actor_cast<secret_writer>(self_), deps_.api, deps_.seed, book_,
                   deps_.report);
    return {
        [this](const token_issued& m) { issued(m); },
        [this](const token_withdrawn& m) { withdrawn(m); },
        [this](const scope_changed& m) { scope(m); },
        [this](const expect_instances& m) { expected(m); },
        [this](const select_scope& m) { selected(m); },
        [this](const clock_changed&) {
          look_at_all();
          pump();
        },
        [this](const leadership& m) {
          leads_until_ = m.until;
          pump();
        },
        [this](const work_due& tick) {
          if (wake_.woken(tick.generation)) {
            open_.give_up(mono(), session_down());
            pump();
          }
        },
        [this](const ask_namespaces& m) { return views_of(book_, voice_.troubles(), m); },
        [this](const watch_batch& m) { observed(m); },
        [this](const watch_troubled& m) { troubled(m); },
        [this](const watch_recovered& m) { recovered(m); },
    };
  }

private:
  // What happened.

  void issued(const token_issued& m) {
    touch(book_.issue(m, times()));
    pump();
  }

  void withdrawn(const token_withdrawn& m) {
    touch(book_.withdraw(m.instance));
    pump();
  }

  void expected(const expect_instances& m) {
    touch(book_.expect(m));
    for (const auto& lost : book_.book().overflow())
      deps_.log.warning("domain_left_out",
                        "more than four instances claim this domain; a Pod tries four Secrets",
                        {{"domain", lost}});
    pump();
  }

  void selected(const select_scope& m) {
    if (refusal_ && m.namespaces.all)
      deps_.log.failed(log_level::warning, "watch_failed", "cannot watch our Secrets", *refusal_);
    const bool refused = refusal_.has_value();
    refusal_.reset();
    if (watches_.select(m.namespaces))
      watched_elsewhere(refused);
  }

  void watched_elsewhere(bool told) {
    if (told)
      deps_.log.info("secrets_watched_apart",
                     "our Secrets may not be watched in all namespaces: each is watched by itself");
    pump();
  }

  void troubled(const watch_troubled& m) {
    const auto* place = watches_.find(m.id);
    if (!place)
      return; // a watch that was stopped
    if (place->ns.empty() && m.reason.code == errc::denied) {
      if (watches_.refused_everywhere())
        return watched_elsewhere(true);
      if (!watches_.selected()) { // whether that is a fault depends on the configuration
        refusal_ = m.reason;
        return;
      }
    }
    deps_.log.failed(log_level::warning, "watch_failed", "cannot watch our Secrets", m.reason,
                     {{"secret", secret_names.at(place->index)}, {"namespace", place->shown()}});
  }

  void recovered(const watch_recovered& m) {
    const auto* place = watches_.find(m.id);
    if (!place)
      return;
    if (place->ns.empty())
      watches_.allowed_everywhere();
    deps_.log.info("watch_recovered", "watching our Secrets again",
                   {{"secret", secret_names.at(place->index)}, {"namespace", place->shown()}});
  }

  void scope(const scope_changed& m) {
    for (const auto& event : m.events)
      touch(book_.scope(event, times()));
    pump();
  }

  void observed(const watch_batch& m) {
    const auto* place = watches_.find(m.id);
    if (!place)
      return; // a watch that was stopped
    for (const auto& event : m.events)
      touch(book_.secret(place->index, event, place->ns));
    pump();
  }

  /// What is to be done at a certain time of day waits by the monotonic clock: after a sleep, or
  /// where the time of day was mended, for too long.
  void look_at_all() {
    for (const auto& [ns, record] : book_.records())
      queue_.add(ns, mono());
  }

  void touch(const ledger::dirty& namespaces) {
    for (const auto& ns : namespaces)
      queue_.add(ns, mono());
  }

  // Work.

  bool leads() const { return !deps_.elected || (leads_until_ && mono() < *leads_until_); }

  void pump() {
    const bool works = book_.ready() && leads();
    if (works) {
      // TokenActors withdraw in time; this holds even if one dies just then.
      touch(book_.expire(deps_.wall()));
      while (auto ns = queue_.take(mono()))
        work_on(*ns);
    }
    voice_.tell(book_, queue_, times(), leads());
    arm(works);
  }

  void arm(bool works) {
    auto next = voice_.next();
    const auto not_after = [&next](milliseconds then) {
      next = std::min(next.value_or(then), then);
    };
    if (const auto then = open_.next())
      not_after(*then);
    if (const auto then = queue_.next(mono()); works && then)
      not_after(*then);
    if (const auto expiry = book_.book().next_expiry(); works && expiry)
      not_after(mono() + (*expiry - deps_.wall()));
    if (const auto span = wake_.arm(mono(), next))
      self_->delayed_send(self_, *span, work_due{wake_.number()});
  }

  /// Does the next step in a namespace that was taken from the queue, until nothing is left.
  void work_on(const std::string& ns) {
    if (!leads()) {
      queue_.add(ns, mono());
      return queue_.done(ns);
    }
    std::optional<wall_time> revisit;
    const auto step = book_.next(ns, times(), revisit);
    if (revisit) {
      const auto left = *revisit - deps_.wall();
      queue_.add(ns, mono() + (left > 0ms ? left : overdue_pause));
    }
    switch (step.what) {
    case kind::nothing:
      finished(ns);
      break;
    case kind::wait:
      queue_.add(ns, step.not_before);
      queue_.done(ns);
      break;
    case kind::forget:
      deps_.log.info("namespace_released", "out of scope: nothing of ours is left in it",
                     {{"namespace", ns}});
      book_.forget(ns);
      queue_.forget(ns);
      queue_.done(ns);
      voice_.works(ns);
      break;
    case kind::link:
    case kind::unlink:
    case kind::apply:
    case kind::remove:
    case kind::inspect:
    case kind::look:
      carry_out(ns, step);
      break;
    }
  }

  void finished(const std::string& ns) {
    queue_.succeeded(ns);
    queue_.done(ns);
    voice_.works(ns);
    auto* record = book_.find(ns);
    if (record && record->state == standing::serving)
      voice_.finished(ns, *record, mono());
  }

  void carry_out(const std::string& ns, const work_step& step) {
    auto next = request_for(book_, ns, step, deps_.wall());
    if (!next)
      return finished(ns);
    send(std::move(next->request),
         [this, ns, step, finish = std::move(next->finish)](const step_request::answer& value) {
           if (const auto reason = finish(book_, value))
             return failed(ns, step, *reason);
           if (step.what == kind::apply)
             voice_.written(ns, secret_names.at(step.index));
           // A look is no success yet: conflict upon conflict is tried ever more rarely.
           if (step.what != kind::look)
             queue_.succeeded(ns);
           // The next step in the same namespace follows at once, on the same place.
           work_on(ns);
           pump();
         });
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

  void failed(const std::string& ns, const work_step& step, const failure& reason) {
    switch (reason.code) {
    case errc::terminating:
      book_.ending(ns);
      queue_.forget(ns);
      queue_.done(ns);
      voice_.works(ns);
      return pump();
    case errc::throttled:
      queue_.pause(mono() + reason.retry_after.value_or(throttled_pause));
      break;
    case errc::conflict:
      book_.conflicted(ns, step);
      break;
    default:
      break;
    }
    voice_.failed(ns, reason, mono());
    queue_.failed(
        ns, mono(),
        retry_delay(reason, queue_.failures(ns), std::uniform_real_distribution<>{}(random_)));
    pump();
  }

  milliseconds mono() const { return monotonic(*self_); }
  ledger::times times() const { return {mono(), deps_.wall()}; }

  pointer self_;
  secret_writer_deps deps_;
  ledger book_;
  work_queue queue_{1};
  secret_watches watches_;
  writer_voice voice_;
  std::optional<failure> refusal_; ///< Of the watch over all namespaces, until it is told.
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
