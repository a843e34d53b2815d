#include "runtime/http/gateway.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "runtime/actor_defaults.hpp"
#include "runtime/clock/deadlines.hpp"
#include "runtime/clock/monotonic.hpp"
#include "runtime/clock/wake_timer.hpp"
#include "runtime/http/driver.hpp"
#include "runtime/http/target.hpp"

namespace acr {

namespace {

/// Private: an event of the driver's thread.
struct driver_told {
  driver_event what;
};
/// Private: an answer is overdue.
struct call_overdue {
  std::uint64_t timer;
};

using gateway_actor =
    http_gateway::extend<caf::reacts_to<driver_told>, caf::reacts_to<call_overdue>>;

} // namespace

} // namespace acr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::driver_told)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::call_overdue)

namespace acr {

namespace {

constexpr auto answer_grace = std::chrono::seconds{1};

failure own_failure(errc code, const char* message) {
  failure reason;
  reason.code = code;
  reason.step = "http";
  reason.message = message;
  return reason;
}

class gateway_state {
public:
  using pointer = gateway_actor::stateful_pointer<gateway_state>;

  static inline const char* name = "acr.http_gateway";

  explicit gateway_state(pointer self) : self_{self} {}
  gateway_state(const gateway_state&) = delete;
  gateway_state& operator=(const gateway_state&) = delete;

  // Runs on exit, on kill and after an exception: every caller is answered.
  ~gateway_state() {
    driver_.reset();
    const auto stopped = own_failure(errc::cancelled, "the gateway stops");
    for (auto& [id, open] : calls_)
      open.promise.deliver(http_reply{stopped});
    for (auto& [id, open] : streams_)
      if (auto reader = caf::actor_cast<stream_sink>(open.reader))
        caf::anon_send(reader, stream_closed{open.name, stopped});
  }

  gateway_actor::behavior_type make_behavior(const http_gateway_deps& deps) {
    install_actor_defaults(self_, deps.log);
    log_ = deps.log;
    dates_ = deps.dates;
    self_->set_down_handler([this](caf::down_msg& down) { forget_peer(down.source); });
    // A weak reference: a late event is dropped.
    auto tell = [weak = self_->address()](driver_event event) {
      if (auto gateway = caf::actor_cast<caf::actor>(weak))
        caf::anon_send(gateway, driver_told{std::move(event)});
    };
    driver_.emplace(driver_options(deps), std::move(tell));
    return {
        [this](const http_call& message) { return call(message); },
        [this](const open_stream& message) { open(message); },
        [this](const stream_ack& message) { acknowledge(message); },
        [this](const close_stream& message) { close(message.receiver.address(), message.id); },
        [this](const driver_told& message) {
          std::visit([this](const auto& event) { handle(event); }, message.what);
        },
        [this](const call_overdue& tick) {
          if (wake_.woken(tick.timer))
            give_up_what_is_overdue();
        },
    };
  }

private:
  struct asked {
    std::string server;
    std::chrono::milliseconds at{};
  };
  struct open_call {
    caf::typed_response_promise<http_reply> promise;
    caf::actor_addr caller; ///< Null if anonymous.
    asked whom;
  };
  struct open_stream_entry {
    stream_id name;
    caf::actor_addr reader;
    asked whom;
  };

  caf::typed_response_promise<http_reply> call(const http_call& message) {
    const auto id = next_id();
    auto caller = caf::actor_cast<caf::actor_addr>(self_->current_sender());
    auto promise = self_->make_response_promise<http_reply>();
    watch(caller);
    calls_.emplace(id, open_call{promise, std::move(caller), ask(message.request.url)});
    driver_->exchange(id, message.request, message.limits);
    deadlines_.set(static_cast<std::uint64_t>(id), now() + message.limits.deadline + answer_grace);
    arm();
    return promise;
  }

  void arm() {
    if (const auto span = wake_.arm(now(), deadlines_.next()))
      self_->delayed_send(self_, *span, call_overdue{wake_.number()});
  }

  void give_up_what_is_overdue() {
    for (const auto number : deadlines_.take(now())) {
      const transfer_id id{number};
      log_.error("http_answer_lost", "the transfer thread missed a deadline");
      driver_->withdraw(id);
      answer(id, http_reply{own_failure(errc::http_timeout, "the transfer thread is late")});
    }
    arm();
  }

  std::chrono::milliseconds now() const { return monotonic(*self_); }

  void open(const open_stream& message) {
    auto reader = message.receiver.address();
    close(reader, message.id);
    const auto id = next_id();
    watch(reader);
    by_name_.emplace(std::pair{reader, message.id}, id);
    streams_.emplace(id,
                     open_stream_entry{message.id, std::move(reader), ask(message.request.url)});
    driver_->open(id, message.request, message.limits);
  }

  void acknowledge(const stream_ack& message) {
    const auto found = by_name_.find({message.receiver.address(), message.id});
    if (found != by_name_.end())
      driver_->acknowledge(found->second, message.bytes);
  }

  void close(const caf::actor_addr& reader, stream_id which) {
    const auto found = by_name_.find({reader, which});
    if (found == by_name_.end())
      return;
    const auto id = found->second;
    driver_->withdraw(id);
    forget_stream(id);
  }

  void handle(const exchange_ended& event) {
    if (const auto found = calls_.find(event.id); found != calls_.end() && event.value)
      if (event.value->status / 100 == 2)
        tell_date(found->second.whom, find_header(event.value->headers, "date"));
    answer(event.id, http_reply{event.value});
  }
  void handle(const transfer_began& event) {
    if (const auto found = streams_.find(event.id); found != streams_.end())
      tell_date(found->second.whom, event.date);
    tell<stream_opened>(event.id);
  }
  void handle(const transfer_piece& event) { tell<stream_data>(event.id, event.chunk); }
  void handle(const transfer_refused& event) {
    tell<stream_refused>(event.id, event.response);
    forget_stream(event.id);
  }
  void handle(const transfer_ended& event) {
    tell<stream_closed>(event.id, event.reason);
    forget_stream(event.id);
  }
  void handle(const driver_failed& event) {
    self_->quit(caf::make_error(caf::sec::runtime_error, "the transfer thread: " + event.why));
  }

  asked ask(const std::string& url) const {
    if (!dates_.tell)
      return {};
    return {std::string{authority_of(url)}, dates_.uptime()};
  }

  void tell_date(const asked& whom, std::string_view date) const {
    if (dates_.tell && !date.empty())
      dates_.tell(whom.server, date, dates_.uptime() - whom.at);
  }

  void answer(transfer_id id, http_reply reply) {
    const auto found = calls_.find(id);
    if (found == calls_.end())
      return;
    auto ended = std::move(found->second);
    calls_.erase(found);
    deadlines_.drop(static_cast<std::uint64_t>(id));
    unwatch(ended.caller);
    ended.promise.deliver(std::move(reply));
  }

  template <class Event, class... Parts>
  void tell(transfer_id id, const Parts&... parts) {
    if (const auto found = streams_.find(id); found != streams_.end())
      if (auto reader = caf::actor_cast<stream_sink>(found->second.reader))
        self_->send(reader, Event{found->second.name, parts...});
  }

  void forget_stream(transfer_id id) {
    const auto found = streams_.find(id);
    if (found == streams_.end())
      return;
    auto ended = std::move(found->second);
    streams_.erase(found);
    by_name_.erase({ended.reader, ended.name});
    unwatch(ended.reader);
  }

  // One monitor per peer with open calls or streams, however many.
  void watch(const caf::actor_addr& peer) {
    if (peer && ++peers_[peer] == 1)
      self_->monitor(peer);
  }

  void unwatch(const caf::actor_addr& peer) {
    const auto found = peers_.find(peer);
    if (found == peers_.end() || --found->second > 0)
      return;
    peers_.erase(found);
    self_->demonitor(peer);
  }

  void forget_peer(const caf::actor_addr& peer) {
    peers_.erase(peer);
    std::erase_if(calls_, [&](auto& entry) {
      if (entry.second.caller != peer)
        return false;
      driver_->withdraw(entry.first);
      deadlines_.drop(static_cast<std::uint64_t>(entry.first));
      return true;
    });
    std::erase_if(streams_, [&](auto& entry) {
      if (entry.second.reader != peer)
        return false;
      driver_->withdraw(entry.first);
      by_name_.erase({peer, entry.second.name});
      return true;
    });
  }

  transfer_id next_id() { return transfer_id{++last_id_}; }

  pointer self_;
  logger log_;
  date_watch dates_;
  std::optional<http_driver> driver_;
  std::uint64_t last_id_ = 0;
  std::map<transfer_id, open_call> calls_;
  deadlines deadlines_; ///< Of the calls.
  wake_timer wake_;
  std::map<transfer_id, open_stream_entry> streams_;
  std::map<std::pair<caf::actor_addr, stream_id>, transfer_id> by_name_;
  std::map<caf::actor_addr, std::size_t> peers_;
};

gateway_actor::behavior_type gateway_body(gateway_state::pointer self,
                                          const http_gateway_deps& deps) {
  return self->state.make_behavior(deps);
}

} // namespace

http_gateway spawn_http_gateway(caf::actor_system& system, http_gateway_deps deps) {
  return system.spawn(gateway_body, std::move(deps));
}

} // namespace acr
