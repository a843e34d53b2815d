/// A small HTTP server for operators: health, metrics, status. Read-only, on its own thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/failure.hpp"
#include "runtime/serving/http_server.hpp"

namespace acr {

/// An answer.
struct page {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

/// A request.
struct page_request {
  std::string path;                         ///< "/metrics"
  std::map<std::string, std::string> query; ///< Decoded; of repeated parameters the first.
  std::string host;                         ///< Of the header: "localhost:8082".
};
/// Parses a request's target, "/?namespace=a%20b". Malformed parts stay as they are.
page_request parse_page_target(const std::string& target);

/// Whether a Host header names this machine by an address or as localhost: a browser that came by a
/// foreign name (DNS rebinding) sends another one. A browser never omits it.
bool names_this_machine(std::string_view host);

/// Makes a page and passes it to `done`, at once or later, from any thread. Called on the server's
/// thread: it must not block.
using page_maker = std::function<void(const page_request& wanted, std::function<void(page)> done)>;

/// Limits of one client's cost.
struct page_limits {
  std::size_t connections = 64;                                ///< At once; see `connection_book`.
  std::size_t per_peer = 16;                                   ///< Of one address.
  std::uint32_t header_bytes = 8192;                           ///< Of a request; then 431.
  std::chrono::milliseconds request = std::chrono::seconds{3}; ///< Until it is complete.
  std::chrono::milliseconds answer = std::chrono::seconds{3};  ///< Until the page is made: 503.
  std::chrono::milliseconds transmission = std::chrono::seconds{10}; ///< Until it is taken.
};

/// "HOST:PORT", ":PORT" for all addresses, "[::1]:PORT".
using page_address = listen_address;
/// "localhost" is 127.0.0.1. Errors: `parameter_bad`.
inline result<page_address> parse_page_address(const std::string& text) {
  return parse_listen_address(text);
}

/// One request per connection: GET and HEAD, anything else is 405. Never keeps a connection open.
class admin_server {
public:
  /// Errors: `connect_failed` if listening fails (taken, or not an address of this machine).
  static result<std::unique_ptr<admin_server>> open(const page_address& where, page_maker make,
                                                    page_limits limits = {});

  std::uint16_t port() const { return server_->port(); }

private:
  explicit admin_server(std::unique_ptr<http_server> server) : server_{std::move(server)} {}

  std::unique_ptr<http_server> server_;
};

} // namespace acr
