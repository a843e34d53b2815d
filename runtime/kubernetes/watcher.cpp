#include "runtime/kubernetes/watcher.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "runtime/actor_defaults.hpp"

namespace acr {

namespace {

using namespace std::chrono_literals;

class watcher_state {
public:
  using pointer = watcher::stateful_pointer<watcher_state>;

  static inline const char* name = "acr.watcher";

  explicit watcher_state(pointer self) : self_{self} {}

  watcher::behavior_type make_behavior(watcher_deps deps) {
    install_actor_defaults(self_, deps.log);
    const auto owner = deps.owner.address();
    self_->monitor(deps.owner);
    self_->set_down_handler([this, owner](const caf::down_msg& down) {
      if (down.source == owner)
        self_->quit();
    });
    machine_.emplace(deps.what, deps.tuning, deps.seed);
    deps_.emplace(std::move(deps));
    streams_.idle_timeout = deps_->tuning.idle_timeout;
    carry_out(machine_->start());
    return {
        [this](const stream_opened& event) {
          answered("200");
          carry_out(machine_->stream_opened(number(event.id)));
        },
        [this](const stream_data& event) {
          carry_out(machine_->stream_data(number(event.id), event.chunk.reveal()));
          owed_[event.id] += event.chunk.size();
          settle();
        },
        [this](const stream_refused& event) {
          answered(std::to_string(event.response.status));
          carry_out(machine_->stream_refused(number(event.id), event.response));
        },
        [this](const stream_closed& event) {
          if (event.reason && !std::exchange(answered_, true))
            answered(to_string(event.reason->code));
          carry_out(machine_->stream_closed(number(event.id), event.reason));
        },
        [this](const watch_due& tick) {
          if (tick.generation == timer_)
            carry_out(machine_->timer_fired());
        },
    };
  }

private:
  static std::uint64_t number(stream_id id) { return static_cast<std::uint64_t>(id); }

  void carry_out(kubernetes::watch_actions actions) {
    for (auto& action : actions)
      std::visit([this](auto& what) { carry_out(what); }, action);
  }

  /// Until the owner has handled its messages, the server is not asked for more: neither bytes of a
  /// stream nor a page.
  void settle() {
    if (untaken_ > 0)
      return;
    for (const auto& [id, bytes] : std::exchange(owed_, {}))
      self_->send(deps_->api, stream_ack{id, bytes, self_});
    if (auto page = std::exchange(held_page_, std::nullopt))
      ask_for(std::move(*page));
  }

  void carry_out(kubernetes::send_page& what) {
    held_page_ = std::move(what.request);
    settle();
  }

  void ask_for(http_request page) {
    const auto answered = [this](const result<http_response>& answer) {
      carry_out(machine_->page_answered(answer));
    };
    self_->request(deps_->api, pages_.deadline + 5s, http_call{std::move(page), pages_})
        .then([answered](const http_reply& reply) { answered(reply.value); },
              [answered](const caf::error&) {
                answered(
                    make_failure(errc::actor_down, {}, "the Kubernetes session did not answer"));
              });
  }

  void answered(std::string code) {
    answered_ = true;
    deps_->report(api_answered{"watch", kubernetes::plural(deps_->what.kind), std::move(code)});
  }

  void carry_out(kubernetes::start_stream& what) {
    if (std::exchange(started_, true))
      deps_->report(watch_restarted{
          kubernetes::plural(deps_->what.kind),
          machine_->last_end() == errc::none ? "ended" : to_string(machine_->last_end())});
    answered_ = false;
    held_page_.reset();
    self_->send(deps_->api,
                open_stream{stream_id{what.stream}, std::move(what.request), streams_, self_});
  }

  void carry_out(kubernetes::stop_stream& what) {
    self_->send(deps_->api, close_stream{stream_id{what.stream}, self_});
  }

  void carry_out(kubernetes::arm_timer& what) {
    self_->delayed_send(self_, what.delay, watch_due{++timer_});
  }

  void carry_out(kubernetes::emit_events& what) {
    ++untaken_;
    const auto taken = [this] {
      --untaken_;
      settle();
    };
    // No timeout: if the owner dies, so does this one.
    self_->request(deps_->owner, caf::infinite, watch_batch{deps_->id, std::move(what.events)})
        .then(taken, [taken](const caf::error&) { taken(); });
  }

  void carry_out(kubernetes::emit_trouble& what) {
    self_->send(deps_->owner, watch_troubled{deps_->id, std::move(what.reason)});
  }

  void carry_out(kubernetes::emit_recovered&) {
    self_->send(deps_->owner, watch_recovered{deps_->id});
  }

  pointer self_;
  std::optional<watcher_deps> deps_; // set once, by make_behavior
  std::optional<kubernetes::watch_machine> machine_;
  std::uint64_t timer_ = 0;
  std::size_t untaken_ = 0;               ///< Batches that the owner has not handled yet.
  std::map<stream_id, std::size_t> owed_; ///< Bytes to be acknowledged.
  std::optional<http_request> held_page_; ///< To be requested.
  bool started_ = false;                  ///< Some stream was.
  bool answered_ = false;                 ///< The server's response to the last one is reported.
  stream_limits streams_;
  // A page of large objects (annotations may hold 256 KiB each) takes memory and time.
  http_limits pages_{30s, std::size_t{16} << 20, true};
};

watcher::behavior_type watcher_body(watcher_state::pointer self, watcher_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

watcher spawn_watcher(caf::actor_system& system, watcher_deps deps) {
  return system.spawn(watcher_body, std::move(deps));
}

} // namespace acr
