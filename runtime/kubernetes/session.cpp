#include "runtime/kubernetes/session.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "runtime/actor_defaults.hpp"
#include "runtime/clock/deadlines.hpp"
#include "runtime/clock/monotonic.hpp"
#include "runtime/clock/wake_timer.hpp"
#include "runtime/kubernetes/credential_keeper.hpp"
#include "runtime/kubernetes/exec_plugin.hpp"
#include "runtime/kubernetes/request_kind.hpp"

namespace acr::kubernetes {

namespace {

/// Private: the plugin has ended. An old run was replaced, and is ignored.
struct plugin_ended {
  std::uint64_t run;
  result<exec_credential> outcome;
};

/// Private: an answer of the gateway is overdue.
struct answer_overdue {
  std::uint64_t timer;
};

using session = http_gateway::extend<
    // Private.
    caf::reacts_to<plugin_ended>, caf::reacts_to<answer_overdue>>;

} // namespace

} // namespace acr::kubernetes

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::kubernetes::plugin_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::kubernetes::answer_overdue)

namespace acr::kubernetes {

namespace {

using namespace std::chrono_literals;

// Between the gateway's deadline and the caller's, see http_limits.
constexpr auto gateway_margin = 3s;
// Requests that may wait while a plugin runs; callers have their own bounds.
constexpr std::size_t max_waiting = 1024;

exec_cluster told_to_plugins(const cluster_access& access) {
  exec_cluster cluster;
  cluster.server = access.server;
  cluster.proxy_url = access.proxy_url;
  if (access.tls) {
    cluster.tls_server_name = access.tls->server_name;
    cluster.ca_pem = access.tls->ca_pem;
    cluster.insecure_skip_verify = access.tls->insecure_skip_verify;
  }
  return cluster;
}

class session_state {
public:
  using pointer = session::stateful_pointer<session_state>;
  using verdict = credential_keeper::verdict;

  static inline const char* name = "acr.kubernetes";

  explicit session_state(pointer self) : self_{self} {}

  session_state(const session_state&) = delete;
  session_state& operator=(const session_state&) = delete;

  // Runs on exit, on kill and after an exception: every caller is answered.
  ~session_state() {
    plugin_.reset(); // its further messages have no receiver
    for (auto& [id, call] : calls_)
      call.promise.deliver(http_reply{
          make_failure(errc::cancelled, "reach the API server", "the session has ended")});
  }

  session::behavior_type make_behavior(session_deps deps) {
    install_actor_defaults(self_, deps.log);
    cluster_ = told_to_plugins(deps.access);
    if (const auto* plugin = std::get_if<exec_plugin>(&deps.access.credential))
      what_to_run_ = *plugin;
    keeper_.emplace(deps.access, deps.read_file);
    if (!deps.run_plugin)
      deps.run_plugin = [](const exec_plugin& plugin, const exec_cluster& cluster,
                           std::function<void(result<exec_credential>)> done) {
        return run_exec_plugin(plugin, cluster, std::move(done));
      };
    deps_.emplace(std::move(deps));
    return {
        [this](const http_call& call) { return accept(call); },
        [this](const open_stream& stream) { accept(stream); },
        [this](const stream_ack& ack) { self_->send(deps_->gateway, ack); },
        [this](const close_stream& end) {
          waiting_streams_.remove_if([&end](const open_stream& stream) {
            return stream.id == end.id && stream.receiver == end.receiver;
          });
          self_->send(deps_->gateway, end);
        },
        [this](const plugin_ended& end) {
          if (end.run == run_)
            plugin_ended_with(end.outcome);
        },
        [this](const answer_overdue& tick) {
          if (wake_.woken(tick.timer))
            give_up_what_is_overdue();
        },
    };
  }

private:
  struct pending {
    caf::typed_response_promise<http_reply> promise;
    http_call call; ///< As received: it may have to be sent twice.
    std::uint64_t generation = 0;
    bool repeated = false;
  };

  caf::typed_response_promise<http_reply> accept(const http_call& call) {
    auto promise = self_->make_response_promise<http_reply>();
    const auto id = ++last_call_;
    calls_.emplace(id, pending{promise, call});
    proceed(id, keeper_->before_request(deps_->wall()));
    return promise;
  }

  void proceed(std::uint64_t id, verdict what) {
    if (what == verdict::ready) {
      send(id);
    } else if (what == verdict::failed) {
      answer(id, keeper_->reason());
    } else if (waiting_calls_.size() >= max_waiting) {
      answer(id, crowded());
    } else {
      waiting_calls_.push_back(id);
      run_plugin();
    }
  }

  void send(std::uint64_t id) {
    auto& call = calls_.at(id);
    call.generation = keeper_->generation();
    auto copy = call.call;
    if (!keeper_->authorize(copy.request)) {
      answer(id, foreign());
      return;
    }
    deadlines_.set(id, now() + copy.limits.deadline + gateway_margin);
    arm();
    // `deadlines_` bounds it: CAF keeps a timeout of its own until it is due, answered or not.
    self_->request(deps_->gateway, caf::infinite, std::move(copy))
        .then(
            [this, id](const http_reply& reply) {
              if (deadlines_.drop(id))
                answered(id, reply.value);
            },
            [this, id](const caf::error&) {
              if (deadlines_.drop(id))
                answer(id, no_answer());
            });
  }

  void arm() {
    if (const auto span = wake_.arm(now(), deadlines_.next()))
      self_->delayed_send(self_, *span, answer_overdue{wake_.number()});
  }

  void give_up_what_is_overdue() {
    for (const auto id : deadlines_.take(now()))
      answer(id, no_answer());
    arm();
  }

  std::chrono::milliseconds now() const { return monotonic(*self_); }

  void answered(std::uint64_t id, const result<http_response>& value) {
    auto& call = calls_.at(id);
    const bool untrusted = !value && value.error().code == errc::tls_failed; // nothing was sent
    const bool refused = value && value->status == 401;
    if ((!untrusted && !refused) || std::exchange(call.repeated, true)) {
      answer(id, value);
      return;
    }
    const auto what = untrusted ? keeper_->after_tls_failure(call.generation, deps_->wall())
                                : keeper_->after_refusal(call.generation, deps_->wall());
    if (what == verdict::failed)
      answer(id, value); // the server's message explains more
    else
      proceed(id, what);
  }

  void answer(std::uint64_t id, result<http_response> value) {
    auto node = calls_.extract(id);
    auto kind = kind_of(node.mapped().call.request);
    deps_->report(
        api_answered{std::move(kind.verb), std::move(kind.resource),
                     value ? std::to_string(value->status) : to_string(value.error().code)});
    node.mapped().promise.deliver(http_reply{std::move(value)});
  }

  void accept(const open_stream& stream) {
    switch (keeper_->before_request(deps_->wall())) {
    case verdict::ready:
      send(stream);
      break;
    case verdict::failed:
      refuse(stream, keeper_->reason());
      break;
    case verdict::run_plugin:
      if (waiting_streams_.size() >= max_waiting) {
        refuse(stream, crowded());
      } else {
        waiting_streams_.push_back(stream);
        run_plugin();
      }
      break;
    }
  }

  void send(open_stream stream) {
    if (keeper_->authorize(stream.request))
      self_->send(deps_->gateway, std::move(stream));
    else
      refuse(stream, foreign());
  }

  void refuse(const open_stream& stream, const failure& reason) {
    self_->send(stream.receiver, stream_closed{stream.id, reason});
  }

  void run_plugin() {
    if (plugin_)
      return;
    // A weak reference: the session may end before its plugin does.
    const auto weak = self_->address();
    plugin_ = deps_->run_plugin(*what_to_run_, cluster_,
                                [weak, run = ++run_](result<exec_credential> outcome) {
                                  if (auto to = caf::actor_cast<session>(weak))
                                    caf::anon_send(to, plugin_ended{run, std::move(outcome)});
                                });
  }

  void plugin_ended_with(const result<exec_credential>& outcome) {
    plugin_.reset();
    const auto now = deps_->wall();
    keeper_->plugin_done(outcome, now);
    if (!outcome)
      deps_->log.failed(log_level::warning, "kubernetes_credential_failed",
                        "the credential plugin returned no credential", outcome.error());
    // No second run for the waiting calls: the credential is too short-lived to use, or missing.
    for (const auto id : std::exchange(waiting_calls_, {}))
      proceed(id, outcome ? verdict::ready : verdict::failed);
    for (auto& stream : std::exchange(waiting_streams_, {})) {
      if (outcome)
        send(std::move(stream));
      else
        refuse(stream, outcome.error());
    }
  }

  static failure crowded() {
    return make_failure(errc::not_ready, "reach the API server",
                        "too many requests wait for the credential plugin");
  }
  static failure no_answer() {
    return make_failure(errc::actor_down, "reach the API server",
                        "the HTTP gateway did not answer");
  }
  static failure foreign() {
    return make_failure(errc::bad_request, "reach the API server",
                        "the request names a server of its own");
  }

  pointer self_;
  std::optional<session_deps> deps_; // set once, by make_behavior
  std::optional<credential_keeper> keeper_;
  exec_cluster cluster_;
  std::optional<exec_plugin> what_to_run_;
  std::unique_ptr<running_plugin> plugin_;
  std::uint64_t run_ = 0;
  std::uint64_t last_call_ = 0;
  std::map<std::uint64_t, pending> calls_;
  deadlines deadlines_; ///< Those of them that the gateway has.
  wake_timer wake_;
  std::deque<std::uint64_t> waiting_calls_;
  std::list<open_stream> waiting_streams_;
};

session::behavior_type session_body(session_state::pointer self, session_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

http_gateway spawn_kubernetes_session(caf::actor_system& system, session_deps deps) {
  return system.spawn(session_body, std::move(deps));
}

} // namespace acr::kubernetes
