/// The HTTP/1.1 server around a simulator: sockets, TLS, and the fate of answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tools/simkit/message.hpp"
#include "tools/simkit/pki.hpp"

namespace acr::simkit {

/// In bytes; larger requests are refused with 413 or 431.
struct http_limits {
  std::uint64_t body = 1U << 20U;
  std::uint32_t header = 128U << 10U; ///< Tokens are sent in queries and headers.
};

/// The protocol of a port's connections.
enum class transport {
  plain,
  tls,
  either, ///< Detected by the first bytes.
};

struct bind_address {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0; ///< 0: any free port.
};

/// One thread: all callbacks run inside `run`.
class http_server {
public:
  /// Sends an answer, now or later. With `more` it provides the body, chunked.
  using reply = std::function<void(response answer, std::shared_ptr<body_stream> more)>;
  using handler = std::function<void(incoming asked, reply send)>;

  explicit http_server(http_limits limits);
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Sets the certificate of future TLS connections.
  void identify_as(const identity_pem& own);

  /// Binds and returns the port. Throws boost::system::system_error.
  std::uint16_t listen(const bind_address& where, transport how, handler answer);

  /// Serves until `stop`, which may be called from any thread.
  void run();
  void stop();
  /// Ends `run` on SIGTERM and SIGINT and, on request, when the parent process has ended.
  void stop_on_signals(bool also_without_parent);

  /// Calls `what` inside `run`. Thread-safe.
  void post(std::function<void()> what);
  /// Calls it once, after the delay; replaces any earlier one.
  void wake_after(std::chrono::milliseconds delay, std::function<void()> what);

private:
  struct shell;
  std::unique_ptr<shell> shell_;
};

/// A currently unused port of 127.0.0.1.
std::uint16_t free_port();

} // namespace acr::simkit
