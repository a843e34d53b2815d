#include "actors/event_recorder.hpp"

#include <optional>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/events/event_wording.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/clock/monotonic.hpp"

namespace acr {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

class event_recorder_state {
public:
  using pointer = event_recorder::stateful_pointer<event_recorder_state>;

  static inline const char* name = "acr.event_recorder";

  explicit event_recorder_state(pointer self) : self_{self} {}

  event_recorder::behavior_type make_behavior(event_recorder_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    wording_.emplace(deps_.instance);
    aggregator_ = event_aggregator{deps_.limits};
    return {
        [this](const fact_reported& m) {
          for (auto& request : wording_->of(m.what, deps_.wall()))
            if (const auto what = aggregator_.submit(std::move(request), mono());
                what != event_outcome::written)
              deps_.report(event_handled{what});
          pump();
        },
        [this](const event_due& tick) {
          if (tick.generation == timer_)
            pump();
        },
    };
  }

private:
  void pump() {
    if (auto next = aggregator_.take(mono()))
      send(*next);
    if (const auto span = aggregator_.wait(mono()))
      self_->delayed_send(self_, *span, event_due{++timer_});
  }

  void send(const event_aggregator::request& next) {
    const auto what = "write event " + next.note.reason;
    http_call call{next.name.empty() ? kubernetes::create_event(next.note)
                                     : kubernetes::repeat_event(next.note, next.name, next.count),
                   {}};
    const auto timeout = call.limits.deadline + 5s;
    self_->request(deps_.api, timeout, std::move(call))
        .then(
            [this, what](const http_reply& reply) {
              if (reply.value)
                answered(kubernetes::read_applied(what, *reply.value));
              else
                answered(reply.value.error());
            },
            [this, what](const caf::error&) {
              answered(make_failure(errc::actor_down, what, "the Kubernetes session is down"));
            });
  }

  void answered(const result<kubernetes::object_meta>& answer) {
    if (const auto outcome = aggregator_.answered(answer, mono())) {
      deps_.report(event_handled{*outcome});
      if (*outcome == event_outcome::failed)
        deps_.log.failed(answer.error().code == errc::terminating ? log_level::debug
                                                                  : log_level::warning,
                         "event_failed", "an Event could not be written", answer.error());
    }
    pump();
  }

  milliseconds mono() const { return monotonic(*self_); }

  pointer self_;
  event_recorder_deps deps_;
  std::optional<event_wording> wording_; // set once, by make_behavior
  event_aggregator aggregator_;
  std::uint64_t timer_ = 0;
};

event_recorder::behavior_type event_recorder_body(event_recorder_state::pointer self,
                                                  event_recorder_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

event_recorder spawn_event_recorder(caf::actor_system& system, event_recorder_deps deps) {
  return system.spawn(event_recorder_body, std::move(deps));
}

} // namespace acr
