/// The network between programs and servers: its members, and the fate of each exchange. Pure: no
/// clock, no socket; one seed determines everything.
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

/// The result of a connection attempt.
enum class reach {
  open,
  blackhole,    ///< Packets vanish, also those of connections that are open.
  refusing,     ///< Nothing listens; open connections are reset.
  unresolvable, ///< The name does not resolve.
  untrusted,    ///< The certificate is not trusted.
};

/// The quality of a link. All numbers but the delays are probabilities in [0, 1].
struct link_quality {
  std::chrono::milliseconds delay_least{1}; ///< One way.
  std::chrono::milliseconds delay_most{4};

  double lost_request = 0; ///< The connection fails.
  double lost_answer = 0;  ///< The request is executed, nothing comes back.
  double reset = 0;        ///< Executed, and the connection breaks instead of the answer.
  double hung_up = 0;      ///< The connection breaks before the request is read.
  double truncated = 0;    ///< Executed, half of the answer comes.
  double duplicated = 0;   ///< Executed twice (a proxy's wait timed out), then answered.
  double late = 0;         ///< Overtaken by others for up to `late_most`, there or back.
  double dripped = 0;      ///< The answer comes byte by byte, for up to `drip_most`.
  double busy = 0;         ///< A proxy answers instead of the server: 429, 502, 503, not JSON.

  double silent_stream = 0; ///< Half-open: after a while nothing arrives any more, nothing ends.
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

/// The fate of one exchange, decided when it begins.
struct fortune {
  std::chrono::milliseconds there{}; ///< Until the request arrives.
  std::chrono::milliseconds back{};  ///< From the answer to its arrival.
  enum class ending { well, lost_request, lost_answer, reset, hung_up, cut_short, busy };
  ending end = ending::well;
  bool framed = true;                             ///< A truncated body is detected by its length.
  std::optional<std::chrono::milliseconds> again; ///< The request arrives again after this delay.
  std::chrono::milliseconds drip{};
  // A stream:
  std::optional<std::chrono::milliseconds> silent_after;
  std::optional<std::chrono::milliseconds> cut_after;
  std::size_t piece = 0;  ///< Of at most so many bytes; 0: as they come.
  std::uint64_t luck = 0; ///< For further decisions.
};

/// An event on the wire, for statistics or a trace.
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
  int status = 0;           ///< Of the answer; 0: a failure.
  errc failed = errc::none; ///< The reason then.
  std::optional<std::chrono::milliseconds> retry_after;
};

class network {
public:
  explicit network(std::uint64_t seed) : seed_{seed} {}

  /// `host` as in URLs, without port; `*.example.com` matches every host with that suffix.
  void attach(const std::string& host, std::shared_ptr<site> server);
  /// Null: the name is unknown.
  site* find(std::string_view host) const;

  /// The link to a host, by the pattern that it was attached with.
  link& to(const std::string& pattern);
  const link& of(std::string_view host) const;

  /// Draws the fate of the next exchange of that flow. Other flows do not affect it: each has its
  /// own sequence.
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

/// A proxy's answer instead of the server's.
http_response busy_answer(std::uint64_t luck);

} // namespace acr::faultlab
