/// A real gateway on a real scheduler, and a reader of streams: for tests over loopback.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "runtime/actor_defaults.hpp"
#include "runtime/http/gateway.hpp"
#include "runtime/system_config.hpp"

namespace acr::testing {

/// What a reader has seen of its stream. Written by an actor, awaited by the test.
class stream_record {
public:
  struct state {
    bool opened = false;
    std::size_t size = 0;
    std::string text; ///< The beginning; what matters of a long one is its size.
    std::optional<http_response> refusal;
    bool closed = false;
    std::optional<failure> reason;
  };

  template <class Change>
  void change(Change what) {
    {
      const std::lock_guard lock{mutex_};
      what(state_);
    }
    changed_.notify_all();
  }

  /// Waits until `reached(state)`; the state as it then is, or as it is after far too long.
  template <class Condition>
  state await(Condition reached) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return reached(state_); });
    return state_;
  }

  state now() {
    return await([](const state&) { return true; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  state state_;
};

struct gateway_fixture {
  explicit gateway_fixture(http_gateway_deps deps = {})
      : gateway{spawn_http_gateway(system, without_proxy(std::move(deps)))} {}
  gateway_fixture(const gateway_fixture&) = delete;
  gateway_fixture& operator=(const gateway_fixture&) = delete;
  ~gateway_fixture() { stop(gateway); }

  static http_gateway_deps without_proxy(http_gateway_deps deps) {
    deps.proxy.policy = proxy_policy::none; // a test must not depend on the environment
    return deps;
  }

  template <class Handle>
  static void stop(const Handle& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  }

  static http_request get(std::string url) {
    http_request request;
    request.url = std::move(url);
    return request;
  }

  result<http_response> call(http_request request, http_limits limits = {}) {
    failure silence;
    silence.code = errc::actor_down;
    result<http_response> answer{silence};
    caf::scoped_actor self{system};
    self->request(gateway, std::chrono::seconds{60}, http_call{std::move(request), limits})
        .receive([&](const http_reply& reply) { answer = reply.value; }, [](const caf::error&) {});
    return answer;
  }

  /// The code of a failed call; `none` if it succeeded.
  errc failure_of(http_request request, http_limits limits = {}) {
    const auto answer = call(std::move(request), limits);
    return answer ? errc::none : answer.error().code;
  }

  /// A reader that writes down what comes and, if `acknowledge`, asks for more.
  stream_sink reader(std::shared_ptr<stream_record> record, bool acknowledge = true) {
    return system.spawn(reader_body, std::move(record), gateway, acknowledge);
  }

  caf::actor_system& actors() { return system; }

  system_config config;
  caf::actor_system system{config};
  http_gateway gateway;

private:
  static stream_sink::behavior_type reader_body(stream_sink::pointer self,
                                                const std::shared_ptr<stream_record>& record,
                                                const http_gateway& gateway, bool acknowledge) {
    install_actor_defaults(self, logger{});
    using state = stream_record::state;
    return {
        [record](const stream_opened&) { record->change([](state& s) { s.opened = true; }); },
        [=](const stream_data& data) {
          record->change([&](state& s) {
            s.size += data.chunk.size();
            if (s.size < 10000)
              s.text += data.chunk.reveal();
          });
          if (acknowledge)
            self->send(gateway, stream_ack{data.id, data.chunk.size(), self});
        },
        [record](const stream_refused& refused) {
          record->change([&](state& s) { s.refusal = refused.response; });
        },
        [record](const stream_closed& closed) {
          record->change([&](state& s) {
            s.closed = true;
            s.reason = closed.reason;
          });
        },
    };
  }
};

} // namespace acr::testing
