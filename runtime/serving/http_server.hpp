/// The HTTP/1.1 server of the program, plain or over TLS: for operators, the kubelet and the API
/// server. One thread; clients are bounded in number, size and time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/secret_string.hpp"

namespace acr {

/// Where to listen: "HOST:PORT", ":PORT" for all addresses, "[::1]:PORT".
struct listen_address {
  std::string host; ///< An IP address; empty: all.
  std::uint16_t port = 0;
};
/// "localhost" is 127.0.0.1. Errors: `parameter_bad`.
result<listen_address> parse_listen_address(const std::string& text);

struct served_request {
  std::string method; ///< "GET"
  std::string target; ///< "/metrics?x=1", as sent.
  std::string host;   ///< Of the header; empty: there is none.
  std::string body;   ///< Empty where `server_limits::body_bytes` is 0.
};

struct served_answer {
  int status = 200;
  std::vector<http_header> headers;
  std::string body; ///< Left out of the answer to HEAD.
};

/// Makes an answer and passes it to `done`, at once or later, from any thread. Called on the
/// server's thread: it must not block.
using answer_maker =
    std::function<void(served_request asked, std::function<void(served_answer)> done)>;

/// Limits of what clients can cost.
struct server_limits {
  std::size_t connections = 64;      ///< At once; see `connection_book`.
  std::size_t per_peer = 16;         ///< Of one address.
  std::uint32_t header_bytes = 8192; ///< Of a request; then 431.
  /// Of a request; then 413. 0: bodies are not read, and a connection ends with its answer.
  std::uint32_t body_bytes = 0;
  std::chrono::milliseconds request = std::chrono::seconds{3};       ///< Until it is complete.
  std::chrono::milliseconds answer = std::chrono::seconds{3};        ///< Until it is made: 503.
  std::chrono::milliseconds transmission = std::chrono::seconds{10}; ///< Until it is taken.
  /// How long an answered connection is kept for the next request; 0: not at all.
  std::chrono::milliseconds idle{0};
};

/// A certificate (with its chain) and its key, as PEM.
struct server_identity {
  std::string certificate;
  secret_string key;
};

/// Options of a server.
struct server_options {
  server_limits limits;
  bool tls = false; ///< TLS 1.2 or newer; no request is answered before `identify_as`.
  /// Called when a client refused our certificate. On the server's thread.
  std::function<void()> on_refused{};
};

class http_server {
public:
  /// Errors: `connect_failed` if listening fails (taken, or not an address of this machine).
  static result<std::unique_ptr<http_server>> open(const listen_address& where, answer_maker make,
                                                   server_options options = {});
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;
  /// Ends all connections. Later answers are dropped.
  ~http_server();

  /// Sets the certificate of future connections; existing ones are not affected. Thread-safe.
  /// Errors: `parameter_bad` if it is not a certificate, or the key does not match; then nothing
  /// changes.
  std::optional<failure> identify_as(const server_identity& own);

  std::uint16_t port() const { return port_; }

  struct engine;

private:
  http_server() = default;

  std::shared_ptr<engine> engine_;
  std::thread thread_;
  std::uint16_t port_ = 0;
};

} // namespace acr
