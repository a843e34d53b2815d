/// What a simulator is asked and answers, as plain values: no socket, no clock.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "protocol/http.hpp"
#include "protocol/time.hpp"

namespace acr::simkit {

/// One HTTP request as it came in.
struct incoming {
  std::string method = "GET";
  std::string target = "/";         ///< Path and query, still percent-encoded.
  std::vector<http_header> headers; ///< As on the wire, Host among them.
  std::string body;
  wall_time now{};     ///< When it arrived. Never earlier than that of a request before.
  std::string source;  ///< Who asks, beneath HTTP: an address ("10.0.0.7").
  bool secure = false; ///< It came over TLS.
};

/// What becomes of an answer on its way.
enum class fate {
  deliver,  ///< It arrives.
  silence,  ///< Nothing arrives, the connection stays open.
  truncate, ///< Headers and half of the body arrive, then the connection ends.
  reset,    ///< The connection is reset in place of an answer.
};

struct response {
  int status = 200;
  std::vector<http_header> headers;
  std::string body;
  std::chrono::milliseconds delay{0}; ///< To wait before it is sent.
  fate how = fate::deliver;
};

/// A body that comes in pieces. The holder pulls; dropping it ends the stream.
class body_stream {
public:
  body_stream() = default;
  body_stream(const body_stream&) = delete;
  body_stream& operator=(const body_stream&) = delete;
  virtual ~body_stream() = default;

  /// What was not pulled yet; empty if there is nothing.
  virtual std::string pull() = 0;

  /// Nothing will come after what `pull` still has.
  virtual bool ended() const = 0;

  /// It ended in a way that a client cannot tell from a crash (reset, not closed).
  virtual bool broken() const = 0;

  /// Called when `pull` or `ended` has something new, from within the simulator, which it must not
  /// call; one call may stand for many pieces.
  virtual void on_ready(std::function<void()> wake) = 0;
};

} // namespace acr::simkit
