/// The HTTP/1.1 server around a simulator: sockets, TLS, and what becomes of an answer on its way.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tools/simkit/message.hpp"
#include "tools/simkit/pki.hpp"

namespace acr::simkit {

/// In bytes; more is refused with 413 or 431.
struct http_limits {
  std::uint64_t body = 1U << 20U;
  std::uint32_t header = 128U << 10U; ///< Tokens travel in queries and headers.
};

/// How connections to a port begin.
enum class transport {
  plain,
  tls,
  either, ///< Told apart by the first bytes.
};

struct bind_address {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0; ///< 0: any that is free.
};

/// One thread: all that it calls is called inside `run`.
class http_server {
public:
  /// Sends an answer, now or later. With `more` the body is what that gives, chunked.
  using reply = std::function<void(response answer, std::shared_ptr<body_stream> more)>;
  using handler = std::function<void(incoming asked, reply send)>;

  explicit http_server(http_limits limits);
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Of TLS connections that begin from now on.
  void identify_as(const identity_pem& own);

  /// Binds and returns the port. Throws boost::system::system_error.
  std::uint16_t listen(const bind_address& where, transport how, handler answer);

  /// Serves until `stop`, from whatever thread that comes.
  void run();
  void stop();
  /// Ends `run` on SIGTERM and SIGINT and, if wanted, when the parent process is gone.
  void stop_on_signals(bool also_without_parent);

  /// Has it called inside `run`. May come from any thread.
  void post(std::function<void()> what);
  /// Has it called once, after the delay; what was to be called before is not.
  void wake_after(std::chrono::milliseconds delay, std::function<void()> what);

private:
  struct shell;
  std::unique_ptr<shell> shell_;
};

/// A port of 127.0.0.1 that nobody listens on now.
std::uint16_t free_port();

} // namespace acr::simkit
