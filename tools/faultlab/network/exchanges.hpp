/// The open calls and streams of a simulated gateway, and their owners.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/fwd.hpp>
#include <caf/typed_response_promise.hpp>

#include "protocol/messages/http.hpp"
#include "protocol/time.hpp"
#include "tools/faultlab/network/network.hpp"
#include "tools/kubesim/cluster.hpp"

namespace acr::faultlab {

/// A call or a stream with a waiting owner.
struct exchange {
  bool stream = false;
  caf::typed_response_promise<http_reply> promise; ///< Of a call.
  caf::actor_addr peer;                            ///< Caller or receiver.
  std::string host;
  std::chrono::milliseconds sent_at{}; ///< By `dates.uptime`, if it is measured.
  std::size_t max_body = 0;
  bool from_server = false; ///< `reply` is an answer, and not a failure to connect.
  result<http_response> reply{http_response{}}; ///< In flight to this side.
  bool replied = false;
  // A stream:
  stream_id name{};
  stream_limits limits;
  fortune luck;
  std::shared_ptr<kubesim::watch_stream> body;
  bool opened = false;
  wall_time heard{};    ///< Last activity of the server.
  wall_time in_order{}; ///< No piece arrives before the one ahead of it.
  std::deque<std::string> pieces;
  std::size_t unacknowledged = 0;
  std::size_t under_way = 0;
  bool end_sent = false;

  /// Whether the receiver has acknowledged enough to be sent more.
  bool has_room() const { return under_way + unacknowledged < limits.window; }
};

/// Part of the state of the gateway; used from its handlers only. Each owner is monitored once.
class exchanges {
public:
  explicit exchanges(caf::local_actor* self) : self_{self} {}

  exchange& add(std::uint64_t id, exchange what);
  exchange* find(std::uint64_t id);
  /// The stream of that name that the reader has open.
  std::optional<std::uint64_t> find(const caf::actor_addr& reader, stream_id name) const;
  void forget(std::uint64_t id);
  /// `peer` has died; removes and returns what it had open.
  std::vector<std::pair<std::uint64_t, exchange>> take_all_of(const caf::actor_addr& peer);
  std::map<std::uint64_t, exchange>& all() { return open_; }

private:
  void watch(const caf::actor_addr& peer);
  void unwatch(const caf::actor_addr& peer);

  caf::local_actor* self_;
  std::map<std::uint64_t, exchange> open_;
  std::map<std::pair<caf::actor_id, stream_id>, std::uint64_t> by_name_;
  std::map<caf::actor_id, std::size_t> peers_;
};

} // namespace acr::faultlab
