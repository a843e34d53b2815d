/// What the simulated API server receives and answers, as plain values: no socket, no clock.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/http.hpp"
#include "protocol/time.hpp"

namespace acr::kubesim {

/// One HTTP request as it came in.
struct request {
  std::string method = "GET";
  std::string target = "/"; ///< Path and query, still percent-encoded.
  std::vector<http_header> headers;
  std::string body;
  wall_time now{};    ///< When it arrived. Never earlier than that of a request before.
  std::string source; ///< Who asks, beneath HTTP: a fault can be limited to it ("10.0.0.7", "a").
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

/// The body of a watch, which comes in pieces. The holder pulls; dropping it ends the watch.
class watch_stream {
public:
  watch_stream() = default;
  watch_stream(const watch_stream&) = delete;
  watch_stream& operator=(const watch_stream&) = delete;
  virtual ~watch_stream() = default;

  /// Whole lines, newest last, that were not pulled yet; empty if there are none.
  virtual std::string pull() = 0;

  /// Nothing will come after what `pull` still has: the server has closed the stream.
  virtual bool ended() const = 0;

  /// The connection ended in a way that a client cannot tell from a crash (reset, not closed).
  virtual bool broken() const = 0;

  /// Called when `pull` or `ended` has something new, from within `cluster::handle`, `advance` or
  /// `administer`. It must not call the cluster; one call may stand for many events.
  virtual void on_ready(std::function<void()> wake) = 0;
};

/// An answer. With `stream` its body begins with `answer.body` (empty) and goes on with what the
/// stream gives; status, headers, delay and fate are those of `answer`.
struct outcome {
  response answer;
  std::shared_ptr<watch_stream> stream;
};

} // namespace acr::kubesim
