/// Requests and answers of a simulator, as plain values: no socket, no clock.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "protocol/http.hpp"
#include "protocol/time.hpp"

namespace acr::simkit {

/// One HTTP request as received.
struct incoming {
  std::string method = "GET";
  std::string target = "/";         ///< Path and query, still percent-encoded.
  std::vector<http_header> headers; ///< As on the wire, Host among them.
  std::string body;
  wall_time now{};     ///< Time of arrival. Never earlier than that of the previous request.
  std::string source;  ///< The client's address, below HTTP ("10.0.0.7").
  bool secure = false; ///< It came over TLS.
};

/// The fate of an answer in transit.
enum class fate {
  deliver,  ///< It arrives.
  silence,  ///< Nothing arrives, the connection stays open.
  truncate, ///< Headers and half of the body arrive, then the connection ends.
  reset,    ///< The connection is reset instead of an answer.
};

struct response {
  int status = 200;
  std::vector<http_header> headers;
  std::string body;
  std::chrono::milliseconds delay{0}; ///< Delay before it is sent.
  fate how = fate::deliver;
};

/// A body in pieces. The holder pulls; destroying it ends the stream.
class body_stream {
public:
  body_stream() = default;
  body_stream(const body_stream&) = delete;
  body_stream& operator=(const body_stream&) = delete;
  virtual ~body_stream() = default;

  /// The pieces not pulled yet; empty if there are none.
  virtual std::string pull() = 0;

  /// Nothing follows after what `pull` still has.
  virtual bool ended() const = 0;

  /// It ended in a way that a client cannot distinguish from a crash (reset, not closed).
  virtual bool broken() const = 0;

  /// Sets a callback for news from `pull` or `ended`, called from within the simulator, which it
  /// must not call; one call may stand for many pieces.
  virtual void on_ready(std::function<void()> wake) = 0;
};

} // namespace acr::simkit
