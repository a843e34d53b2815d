/// The network between programs and servers: who is there, and what becomes of each exchange. Pure:
/// no clock, no socket; one seed decides everything.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "tools/faultlab/network/dice.hpp"
#include "tools/faultlab/network/site.hpp"

namespace acr::faultlab {

/// What a connection attempt meets.
enum class reach {
  open,
  blackhole,    ///< Packets vanish, also those of connections that are open.
  refusing,     ///< Nobody listens; open connections are reset.
  unresolvable, ///< The name is not known.
  untrusted,    ///< The certificate is not good.
};

/// How well a link works. All numbers but the delays are probabilities in [0, 1].
struct link_quality {
  std::chrono::milliseconds delay_least{1}; ///< One way.
  std::chrono::milliseconds delay_most{4};

  double lost_request = 0; ///< The connection does not come about.
  double lost_answer = 0;  ///< The request is executed, nothing comes back.
  double reset = 0;        ///< Executed, and the connection breaks in place of the answer.
  double hung_up = 0;      ///< The connection breaks before the request is read.
  double truncated = 0;    ///< Executed, half of the answer comes.
  double duplicated = 0;   ///< Executed twice (a proxy waited in vain), then answered.
  double late = 0;         ///< Overtaken by others for up to `late_most`, there or back.
  double dripped = 0;      ///< The answer comes byte by byte, for up to `drip_most`.
  double busy = 0;         ///< A proxy answers in the server's place: 429, 502, 503, not JSON.

  double silent_stream = 0; ///< Half-open: after a while nothing comes any more, nothing ends.
  double cut_stream = 0;    ///< Reset after a while.
  double torn_stream = 0;   ///< Comes in small pieces, cut anywhere.

  std::chrono::milliseconds late_most = std::chrono::seconds{20};
  std::chrono::milliseconds drip_most = std::chrono::seconds{30};
  std::chrono::milliseconds stream_life_most = std::chrono::minutes{5}; ///< Of silent and cut ones.
};

struct link {
  reach state = reach::open;
  link_quality quality;
};

/// What becomes of one exchange, decided when it begins.
struct fortune {
  std::chrono::milliseconds there{}; ///< Until the request arrives.
  std::chrono::milliseconds back{};  ///< From the answer to its arrival.
  enum class ending { well, lost_request, lost_answer, reset, hung_up, cut_short, busy };
  ending end = ending::well;
  bool framed = true; ///< A body that is cut short is noticed by its length.
  std::optional<std::chrono::milliseconds> again; ///< The request arrives once more, so much later.
  std::chrono::milliseconds drip{};
  // A stream:
  std::optional<std::chrono::milliseconds> silent_after;
  std::optional<std::chrono::milliseconds> cut_after;
  std::size_t piece = 0;  ///< Of at most so many bytes; 0: as they come.
  std::uint64_t luck = 0; ///< For what else is to be decided.
};

/// Something that can be seen on the wire, for whoever counts or writes a trace.
struct traffic {
  enum class kind { sent, arrived, answered, withdrawn };
  kind what = kind::sent;
  std::uint64_t id = 0;
  std::string_view source; ///< The program.
  std::string_view host;
  std::string_view method;
  std::string_view target; ///< Path and query.
  std::string_view flow;   ///< `site::flow_of`
  bool stream = false;
  int status = 0;           ///< Of what was answered; 0: by a failure.
  errc failed = errc::none; ///< Then why.
  std::optional<std::chrono::milliseconds> retry_after;
};

class network {
public:
  explicit network(std::uint64_t seed) : seed_{seed} {}

  /// `host` as in URLs, without port; `*.example.com` stands for every host that ends so.
  void attach(const std::string& host, std::shared_ptr<site> server);
  /// Null: nobody knows the name.
  site* find(std::string_view host) const;

  /// The link to a host, by the pattern that it was attached with.
  link& to(const std::string& pattern);
  const link& of(std::string_view host) const;

  /// The fate of the next exchange of that flow. Other flows do not change it: each has its own
  /// sequence.
  fortune draw(std::string_view host, std::string_view flow);

  /// Numbers exchanges, over all gateways.
  std::uint64_t next_exchange() { return ++exchanges_; }

  std::function<void(const traffic&)> on_traffic;

private:
  struct place {
    std::shared_ptr<site> server;
    link way;
  };
  const place* place_of(std::string_view host) const;

  std::uint64_t seed_;
  std::uint64_t exchanges_ = 0;
  std::map<std::string, place, std::less<>> places_;
  std::map<std::string, std::uint64_t, std::less<>> drawn_; ///< By flow.
};

/// What a proxy says in the server's place.
http_response busy_answer(std::uint64_t luck);

} // namespace acr::faultlab
