/// One connection of the server shell: reads requests, asks the cloud, applies what becomes of the
/// answer. Only server.cpp includes it.
#pragma once

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/detect_ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "tools/cloudsim/server.hpp"

namespace acr::cloudsim {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr auto idle_timeout = std::chrono::seconds{120};
constexpr std::uint64_t body_limit = 1U << 20U;
constexpr std::uint32_t header_limit = 128U << 10U; // OIDC and session tokens travel in queries

inline http::response<http::string_body> wire_answer(const response& from, unsigned version,
                                                     bool keep) {
  http::response<http::string_body> out;
  out.version(version);
  out.result(static_cast<unsigned>(from.status));
  for (const auto& [name, value] : from.headers)
    out.insert(name, value);
  out.body() = from.body;
  out.keep_alive(keep);
  out.prepare_payload();
  return out;
}

/// One connection: request after request until either side ends it.
template <class Shell, class Stream>
class connection : public std::enable_shared_from_this<connection<Shell, Stream>> {
public:
  connection(Shell& owner, Stream stream, beast::flat_buffer buffer, listener at,
             std::shared_ptr<asio::ssl::context> tls)
      : owner_{owner}, tls_{std::move(tls)}, stream_{std::move(stream)}, buffer_{std::move(buffer)},
        at_{std::move(at)}, timer_{owner.io} {
    error_code ignored;
    source_ = lowest().socket().remote_endpoint(ignored).address().to_string();
  }

  void start() {
    if constexpr (secure) {
      lowest().expires_after(idle_timeout);
      // What was read to tell TLS from plain HTTP belongs to the handshake. The default argument:
      // Beast 1.81 demands a handler that could do without the count.
      stream_.async_handshake(
          asio::ssl::stream_base::server, buffer_.data(),
          [self = this->shared_from_this()](error_code error, std::size_t n = 0) {
            self->buffer_.consume(n);
            if (!error)
              self->read();
          });
    } else {
      read();
    }
  }

private:
  static constexpr bool secure = !std::is_same_v<Stream, beast::tcp_stream>;

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  void read() {
    parser_.emplace();
    parser_->body_limit(body_limit);
    parser_->header_limit(header_limit);
    lowest().expires_after(idle_timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](error_code error, std::size_t) {
                       self->received(error);
                     });
  }

  void received(error_code error) {
    if (error == http::error::body_limit || error == http::error::header_limit) {
      response out;
      out.status = error == http::error::body_limit ? 413 : 431;
      keep_ = false;
      return send(std::move(out));
    }
    if (error)
      return close();
    auto message = parser_->release();
    keep_ = message.keep_alive();
    version_ = message.version();
    request from;
    from.method = std::string{message.method_string()};
    from.target = std::string{message.target()};
    from.body = std::move(message.body());
    for (const auto& field : message) {
      const bool is_host = field.name() == http::field::host;
      from.headers.push_back({std::string{field.name_string()}, is_host && !at_.as_host.empty()
                                                                    ? at_.as_host
                                                                    : std::string{field.value()}});
    }
    from.now = system_now();
    from.secure = secure;
    from.source = source_;
    lowest().expires_never();
    if (at_.what == listener::kind::admin)
      return send(owner_.administer(from));
    owner_.answer(std::move(from),
                  [self = this->shared_from_this()](response out) { self->send(std::move(out)); });
  }

  void send(response out) {
    answer_ = std::move(out);
    if (answer_.delay.count() == 0)
      return deliver();
    timer_.expires_after(answer_.delay);
    timer_.async_wait([self = this->shared_from_this()](error_code error) {
      if (!error)
        self->deliver();
    });
  }

  void deliver() {
    switch (answer_.how) {
    case fate::silence:
      return wait_for_the_end();
    case fate::reset:
      return reset();
    case fate::truncate:
      return deliver_half();
    case fate::deliver:
      break;
    }
    message_ = wire_answer(answer_, version_, keep_);
    lowest().expires_after(idle_timeout);
    http::async_write(stream_, message_,
                      [self = this->shared_from_this()](error_code error, std::size_t) {
                        if (!error && self->keep_)
                          self->read();
                        else
                          self->close();
                      });
  }

  void wait_for_the_end() {
    stream_.async_read_some(buffer_.prepare(1024),
                            [self = this->shared_from_this()](error_code error, std::size_t) {
                              if (!error)
                                self->wait_for_the_end();
                            });
  }

  void reset() {
    error_code ignored;
    lowest().socket().set_option(asio::socket_base::linger{true, 0}, ignored);
    lowest().socket().close(ignored);
  }

  void deliver_half() {
    std::ostringstream text;
    text << wire_answer(answer_, version_, false);
    half_ = text.str();
    half_.resize(half_.size() - answer_.body.size() + answer_.body.size() / 2);
    asio::async_write(stream_, asio::buffer(half_),
                      [self = this->shared_from_this()](error_code, std::size_t) {
                        error_code ignored;
                        self->lowest().socket().shutdown(tcp::socket::shutdown_both, ignored);
                      });
  }

  void close() {
    if constexpr (secure) {
      lowest().expires_after(std::chrono::seconds{1});
      stream_.async_shutdown([self = this->shared_from_this()](error_code) {});
    } else {
      error_code ignored;
      lowest().socket().shutdown(tcp::socket::shutdown_send, ignored);
    }
  }

  Shell& owner_;
  std::shared_ptr<asio::ssl::context> tls_; // must outlive the stream
  Stream stream_;
  beast::flat_buffer buffer_;
  listener at_;
  asio::steady_timer timer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> message_;
  response answer_;
  std::string half_;
  std::string source_;
  bool keep_ = false;
  unsigned version_ = 11;
};

using tls_stream = beast::ssl_stream<beast::tcp_stream>;

template <class Shell>
void serve_plain(Shell& owner, beast::tcp_stream stream, beast::flat_buffer buffer,
                 const listener& at) {
  std::make_shared<connection<Shell, beast::tcp_stream>>(owner, std::move(stream),
                                                         std::move(buffer), at, nullptr)
      ->start();
}

template <class Shell>
void serve_tls(Shell& owner, beast::tcp_stream stream, beast::flat_buffer buffer,
               const listener& at) {
  auto context = owner.tls;
  std::make_shared<connection<Shell, tls_stream>>(owner, tls_stream{std::move(stream), *context},
                                                  std::move(buffer), at, context)
      ->start();
}

/// A connection of which it is not known yet whether it speaks TLS.
template <class Shell>
struct undecided : std::enable_shared_from_this<undecided<Shell>> {
  undecided(Shell& shell, tcp::socket socket, listener where)
      : owner{shell}, stream{std::move(socket)}, at{std::move(where)} {}

  void start() {
    stream.expires_after(idle_timeout);
    beast::async_detect_ssl(
        stream, buffer, [self = this->shared_from_this()](error_code error, bool tls) {
          if (error)
            return;
          auto serve = tls ? serve_tls<Shell> : serve_plain<Shell>;
          serve(self->owner, std::move(self->stream), std::move(self->buffer), self->at);
        });
  }

  Shell& owner;
  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  listener at;
};

} // namespace acr::cloudsim
