#include "tools/faultlab/network/gateway.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "runtime/actor_defaults.hpp"
#include "runtime/http/target.hpp"
#include "tools/faultlab/network/exchanges.hpp"
#include "tools/faultlab/network/wire_tap.hpp"

namespace acr::faultlab {

namespace {

/// Private: an event of the network is due.
struct network_due {
  enum class kind : std::uint8_t {
    arrival,     ///< The request is at the server.
    again,       ///< And once more.
    answer,      ///< The answer is here, or the failure.
    overdue,     ///< The deadline of a call, or of the beginning of a stream.
    piece,       ///< The next piece of a stream.
    pull,        ///< The server has more of a stream.
    idle,        ///< A stream may have been silent for too long.
    cut,         ///< A stream breaks.
    server_work, ///< A server has something to do by itself.
  };
  kind what;
  std::uint64_t id;
};

using gateway_actor = http_gateway::extend<caf::reacts_to<network_due>>;

} // namespace

} // namespace acr::faultlab

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(acr::faultlab::network_due)

namespace acr::faultlab {

namespace {

using std::chrono::milliseconds;
using due = network_due::kind;
using ending = fortune::ending;

failure told(errc code, std::string message) {
  return make_failure(code, "http", std::move(message));
}

bool good(int status) { return status >= 200 && status < 300; }

class gateway_state {
public:
  using pointer = gateway_actor::stateful_pointer<gateway_state>;

  static inline const char* name = "lab.http_gateway";

  explicit gateway_state(pointer self) : self_{self}, open_{self} {}
  gateway_state(const gateway_state&) = delete;
  gateway_state& operator=(const gateway_state&) = delete;

  // Runs on exit, on kill and after an exception: every caller is answered.
  ~gateway_state() {
    const auto stopped = told(errc::cancelled, "the gateway stops");
    for (auto& [id, it] : open_.all()) {
      tap_.withdrawn(id, it.stream);
      if (!it.stream)
        it.promise.deliver(http_reply{stopped});
      else if (auto reader = caf::actor_cast<stream_sink>(it.peer))
        caf::anon_send(reader, stream_closed{it.name, stopped});
    }
  }

  gateway_actor::behavior_type make_behavior(simulated_gateway_deps deps) {
    install_actor_defaults(self_, deps.log);
    deps_ = std::move(deps);
    tap_ = wire_tap{deps_.net, deps_.source};
    self_->set_down_handler([this](caf::down_msg& m) { forget_peer(m.source); });
    return {
        [this](const http_call& m) { return call(m); },
        [this](const open_stream& m) { open(m); },
        [this](const stream_ack& m) { acknowledge(m); },
        [this](const close_stream& m) { close(m.receiver.address(), m.id); },
        [this](const network_due& m) { handle(m); },
    };
  }

private:
  wall_time now() const { return deps_.true_time(); }

  void after(milliseconds delay, due what, std::uint64_t id) {
    self_->delayed_send(self_, std::max(delay, milliseconds{0}), network_due{what, id});
  }

  // Beginning.

  caf::typed_response_promise<http_reply> call(const http_call& m) {
    const auto id = deps_.net->next_exchange();
    exchange it;
    it.promise = self_->make_response_promise<http_reply>();
    it.peer = caf::actor_cast<caf::actor_addr>(self_->current_sender());
    it.max_body = m.limits.max_body;
    auto promise = it.promise;
    open_.add(id, std::move(it));
    after(m.limits.deadline, due::overdue, id);
    begin(id, m.request);
    return promise;
  }

  void open(const open_stream& m) {
    auto reader = m.receiver.address();
    close(reader, m.id);
    const auto id = deps_.net->next_exchange();
    exchange it;
    it.stream = true;
    it.peer = std::move(reader);
    it.name = m.id;
    it.limits = m.limits;
    open_.add(id, std::move(it));
    after(m.limits.open_deadline, due::overdue, id);
    begin(id, m.request);
  }

  void begin(std::uint64_t id, const http_request& request) {
    auto& it = *open_.find(id);
    if (deps_.dates.tell)
      it.sent_at = deps_.dates.uptime();
    const auto where = read_target(request);
    if (!where)
      return answer_in(milliseconds{0}, id, where.error());
    packet sent;
    sent.request = request;
    sent.host = where->host;
    sent.stream = it.stream;
    const auto path = request.url.find('/', where->scheme.size() + 3);
    sent.target = path == std::string::npos ? "/" : request.url.substr(path);
    it.host = sent.host;
    auto* server = deps_.net->find(sent.host);
    sent.flow = server ? server->flow_of(request, sent.target) : sent.host;
    sent.luck = it.luck = deps_.net->draw(sent.host, sent.flow);
    const auto& way = deps_.net->of(sent.host);
    tap_.request(traffic::kind::sent, id, sent);
    switch (way.state) {
    case reach::unresolvable:
      return answer_in(sent.luck.there, id, told(errc::dns_failed, "no such host: " + sent.host));
    case reach::refusing:
      return answer_in(2 * sent.luck.there, id, refused(sent.host));
    case reach::untrusted:
      return answer_in(3 * sent.luck.there, id,
                       told(errc::tls_failed, "the certificate of " + sent.host + " is not good"));
    case reach::blackhole:
      return answer_in(deps_.connect_timeout, id, swallowed(sent.host));
    case reach::open:
      break;
    }
    if (sent.luck.end == ending::lost_request)
      return answer_in(deps_.connect_timeout, id, swallowed(sent.host));
    after(sent.luck.there, due::arrival, id);
    if (sent.luck.again)
      after(sent.luck.there + *sent.luck.again, due::again, id);
    packets_.emplace(id, std::move(sent));
  }

  static failure refused(const std::string& host) {
    return told(errc::connect_failed, "no connection to " + host + ": Connection refused");
  }
  static failure swallowed(const std::string& host) {
    return told(errc::connect_failed, "no connection to " + host + " in time");
  }

  // On the server.

  void arrived(std::uint64_t id, bool again) {
    const auto found = packets_.find(id);
    if (found == packets_.end())
      return;
    auto& sent = found->second;
    const bool last = again || !sent.luck.again;
    if (again)
      sent.luck.again.reset();
    auto* server = deps_.net->find(sent.host);
    if (server && !again && sent.luck.end == ending::hung_up) {
      answer_in(sent.luck.back, id, told(errc::connection_lost, "the connection was reset"));
    } else if (server && deps_.net->of(sent.host).state == reach::open) {
      if (again || sent.luck.end == ending::busy)
        tap_.request(traffic::kind::arrived, id, sent);
      else
        execute(id, sent, *server);
      if (again)
        static_cast<void>(
            server->handle(sent.request, sent.host, sent.target, deps_.source, now()));
      else if (sent.luck.end == ending::busy)
        reply(id, sent, {busy_answer(sent.luck.luck), {}, kubesim::fate::deliver, nullptr});
      tend(*server);
    } else if (!again && server && deps_.net->of(sent.host).state == reach::refusing) {
      answer_in(sent.luck.back, id, refused(sent.host));
    }
    if (last)
      packets_.erase(id);
  }

  void execute(std::uint64_t id, const packet& sent, site& server) {
    tap_.request(traffic::kind::arrived, id, sent);
    reply(id, sent, server.handle(sent.request, sent.host, sent.target, deps_.source, now()));
  }

  void reply(std::uint64_t id, const packet& sent, site_answer from) {
    auto* const found = open_.find(id);
    if (!found)
      return; // the caller has gone
    auto& it = *found;
    const auto back = sent.luck.back + from.delay + (it.stream ? milliseconds{0} : sent.luck.drip);
    const bool cut = from.how == kubesim::fate::truncate || sent.luck.end == ending::cut_short;
    if (from.how == kubesim::fate::silence || sent.luck.end == ending::lost_answer)
      return;
    if (from.how == kubesim::fate::reset || sent.luck.end == ending::reset)
      return answer_in(back, id, told(errc::connection_lost, "the connection was reset"));
    if (cut && (sent.luck.framed || it.stream))
      return answer_in(back, id,
                       told(errc::connection_lost, "the connection ended within the answer"));
    if (cut) {
      const auto body = from.response.body.reveal();
      from.response.body = secret_string{body.substr(0, body.size() / 2)};
    }
    if (!it.stream && from.response.body.size() > it.max_body)
      return answer_in(back, id, told(errc::response_too_big, "the answer is too big"));
    it.body = std::move(from.stream);
    it.from_server = true;
    answer_in(back, id, std::move(from.response));
  }

  void answer_in(milliseconds delay, std::uint64_t id, result<http_response> value) {
    auto* const found = open_.find(id);
    if (!found || found->replied)
      return;
    found->replied = true;
    found->reply = std::move(value);
    after(delay, due::answer, id);
  }

  // Back at the client.

  void answered(std::uint64_t id) {
    auto* const found = open_.find(id);
    if (!found)
      return;
    auto& it = *found;
    if (it.from_server && swallows(it))
      return; // until the deadline
    if (deps_.dates.tell && it.reply && good(it.reply->status))
      if (const auto date = find_header(it.reply->headers, "date"); !date.empty())
        deps_.dates.tell(it.host, date, deps_.dates.uptime() - it.sent_at);
    if (!it.stream)
      return finish(id, std::move(it.reply));
    if (!it.reply)
      return finish_stream(id, it.reply.error());
    tap_.answered(id, open_.find(id)->stream, it.reply);
    if (!good(it.reply->status) || !it.body) {
      tell(it, stream_refused{it.name, std::move(*it.reply)});
      return open_.forget(id);
    }
    it.opened = true;
    it.heard = it.in_order = now();
    tell(it, stream_opened{it.name});
    after(it.limits.idle_timeout, due::idle, id);
    if (it.luck.cut_after)
      after(*it.luck.cut_after, due::cut, id);
    if (it.luck.silent_after)
      it.luck.silent_after = now().time_since_epoch() + *it.luck.silent_after;
    // Weak: the server may send more after this gateway has ended.
    it.body->on_ready([me = self_->address(), id] {
      if (auto gateway = caf::actor_cast<gateway_actor>(me))
        caf::anon_send(gateway, network_due{due::pull, id});
    });
    pull(id);
  }

  void finish(std::uint64_t id, result<http_response> value) {
    tap_.answered(id, open_.find(id)->stream, value);
    auto promise = open_.find(id)->promise;
    open_.forget(id);
    promise.deliver(http_reply{std::move(value)});
  }

  void finish_stream(std::uint64_t id, std::optional<failure> reason) {
    if (reason)
      tap_.answered(id, open_.find(id)->stream, *reason);
    else
      tap_.answered(id, open_.find(id)->stream, http_response{200, {}, {}});
    tell((*open_.find(id)), stream_closed{(*open_.find(id)).name, std::move(reason)});
    open_.forget(id);
  }

  void overdue(std::uint64_t id) {
    auto* const found = open_.find(id);
    if (!found || found->opened)
      return;
    auto late = told(errc::http_timeout, "no complete answer in time");
    if (found->stream)
      finish_stream(id, std::move(late));
    else
      finish(id, std::move(late));
  }

  // Streams.

  bool swallows(const exchange& it) const {
    return deps_.net->of(it.host).state == reach::blackhole;
  }

  bool silent(const exchange& it) const {
    return it.luck.silent_after && now().time_since_epoch() >= *it.luck.silent_after;
  }

  void pull(std::uint64_t id) {
    auto* const found = open_.find(id);
    if (!found || !found->opened || found->end_sent)
      return;
    auto& it = *found;
    while (it.has_room()) {
      auto text = it.body->pull();
      if (text.empty())
        break;
      const auto most = it.luck.piece == 0 ? text.size() : it.luck.piece;
      for (std::size_t at = 0; at < text.size(); at += most)
        push(id, it, text.substr(at, most));
    }
    if (it.body->ended() && it.has_room()) {
      it.end_sent = true;
      push(id, it, {}); // the end
    }
  }

  void push(std::uint64_t id, exchange& it, std::string piece) {
    const auto gap = it.luck.piece == 0 ? milliseconds{0} : milliseconds{1};
    it.in_order = std::max(it.in_order + gap, now() + it.luck.back);
    it.under_way += piece.size();
    it.pieces.push_back(std::move(piece));
    after(it.in_order - now(), due::piece, id);
  }

  void piece(std::uint64_t id) {
    auto* const found = open_.find(id);
    if (!found || found->pieces.empty())
      return;
    auto& it = *found;
    auto text = std::move(it.pieces.front());
    it.pieces.pop_front();
    it.under_way -= text.size();
    if (swallows(it) && !silent(it)) // lost data stays missing: the stream is dead
      it.luck.silent_after = now().time_since_epoch();
    if (silent(it))
      return;
    if (deps_.net->of(it.host).state == reach::refusing)
      return cut(id);
    if (text.empty())
      return finish_stream(id, it.body->broken() ? std::optional{told(errc::connection_lost,
                                                                      "the connection was reset")}
                                                 : std::nullopt);
    it.heard = now();
    it.unacknowledged += text.size();
    tell(it, stream_data{it.name, secret_string{std::string_view{text}}});
  }

  void acknowledge(const stream_ack& m) {
    const auto id = open_.find(m.receiver.address(), m.id);
    if (!id)
      return;
    auto& it = *open_.find(*id);
    const bool full = !it.has_room();
    it.unacknowledged -= std::min(m.bytes, it.unacknowledged);
    if (full)
      pull(*id);
  }

  void idle(std::uint64_t id) {
    auto* const found = open_.find(id);
    if (!found)
      return;
    const auto left = found->heard + found->limits.idle_timeout - now();
    if (left > milliseconds{0})
      return after(left, due::idle, id);
    finish_stream(id, told(errc::stream_idle, "nothing came for too long"));
  }

  void cut(std::uint64_t id) {
    if (open_.find(id))
      finish_stream(id, told(errc::connection_lost, "the connection was reset"));
  }

  void close(const caf::actor_addr& reader, stream_id which) {
    const auto id = open_.find(reader, which);
    if (!id)
      return;
    tap_.withdrawn(*id, true);
    open_.forget(*id);
  }

  // Servers.

  /// Makes sure that the server is called when it has work due.
  void tend(site& server) {
    const auto next = server.next_due();
    if (!next)
      return;
    auto& armed = tended_[&server];
    if (armed.id == 0)
      armed.id = tended_.size();
    if (armed.at && *armed.at <= *next && *armed.at > now())
      return;
    armed.at = *next;
    after(*next - now(), due::server_work, armed.id);
  }

  void server_work(std::uint64_t id) {
    for (auto& [server, armed] : tended_) // few
      if (armed.id == id) {
        if (armed.at && *armed.at > now())
          return; // overtaken by an earlier one
        armed.at.reset();
        server->advance(now());
        return tend(*server);
      }
  }

  // Bookkeeping.

  void handle(const network_due& m) {
    switch (m.what) {
    case due::arrival:
      return arrived(m.id, false);
    case due::again:
      return arrived(m.id, true);
    case due::answer:
      return answered(m.id);
    case due::overdue:
      return overdue(m.id);
    case due::piece:
      return piece(m.id);
    case due::pull:
      return pull(m.id);
    case due::idle:
      return idle(m.id);
    case due::cut:
      return cut(m.id);
    case due::server_work:
      return server_work(m.id);
    }
  }

  template <class Event>
  void tell(const exchange& it, Event event) {
    if (auto reader = caf::actor_cast<stream_sink>(it.peer))
      self_->send(reader, std::move(event));
  }

  void forget_peer(const caf::actor_addr& peer) {
    for (const auto& [id, it] : open_.take_all_of(peer))
      tap_.withdrawn(id, it.stream);
  }

  struct armed_server {
    std::uint64_t id = 0;
    std::optional<wall_time> at;
  };

  pointer self_;
  simulated_gateway_deps deps_;
  wire_tap tap_;
  exchanges open_;
  std::map<std::uint64_t, packet> packets_;
  std::map<site*, armed_server> tended_;
};

gateway_actor::behavior_type gateway_body(gateway_state::pointer self,
                                          simulated_gateway_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

http_gateway spawn_simulated_gateway(caf::actor_system& system, simulated_gateway_deps deps) {
  return system.spawn(gateway_body, std::move(deps));
}

} // namespace acr::faultlab
