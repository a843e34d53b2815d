/// One connection of the simulators' server: reads requests, has them answered, and applies each
/// answer's fate. Included only by http_server.cpp.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "tools/simkit/http_server.hpp"

namespace acr::simkit {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using tls_stream = beast::ssl_stream<beast::tcp_stream>;

constexpr auto idle_timeout = std::chrono::seconds{120};

/// State shared by the connections of a port.
struct port_service {
  transport how;
  http_limits limits;
  http_server::handler answer;
};

/// Request after request, or one stream, until either side ends it.
template <class Stream>
class http_connection : public std::enable_shared_from_this<http_connection<Stream>> {
public:
  /// `tls` outlives the stream.
  http_connection(Stream stream, beast::flat_buffer buffer,
                  std::shared_ptr<const port_service> about,
                  std::shared_ptr<asio::ssl::context> tls)
      : tls_{std::move(tls)}, stream_{std::move(stream)}, buffer_{std::move(buffer)},
        about_{std::move(about)}, timer_{stream_.get_executor()} {
    error_code ignored;
    source_ = lowest().socket().remote_endpoint(ignored).address().to_string();
  }

  void start() {
    if constexpr (secure) {
      lowest().expires_after(idle_timeout);
      // The bytes read to detect TLS belong to the handshake. The default argument: Beast 1.81
      // requires a handler that also works without the count.
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
  static constexpr bool secure = std::is_same_v<Stream, tls_stream>;

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  void read() {
    parser_.emplace();
    parser_->body_limit(about_->limits.body);
    parser_->header_limit(about_->limits.header);
    lowest().expires_after(idle_timeout);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](error_code error, std::size_t) { self->parsed(error); });
  }

  void parsed(error_code error) {
    if (error == http::error::body_limit || error == http::error::header_limit) {
      response out;
      out.status = error == http::error::body_limit ? 413 : 431;
      keep_ = false;
      return send(std::move(out), nullptr);
    }
    if (error)
      return close();
    auto message = parser_->release();
    keep_ = message.keep_alive();
    version_ = message.version();
    incoming from;
    from.method = std::string{message.method_string()};
    from.target = std::string{message.target()};
    from.body = std::move(message.body());
    for (const auto& field : message)
      from.headers.push_back({std::string{field.name_string()}, std::string{field.value()}});
    from.now = system_now();
    from.secure = secure;
    from.source = source_;
    lowest().expires_never();
    about_->answer(std::move(from), [self = this->shared_from_this()](
                                        response out, std::shared_ptr<body_stream> more) {
      self->send(std::move(out), std::move(more));
    });
  }

  void send(response out, std::shared_ptr<body_stream> more) {
    answer_ = std::move(out);
    more_ = std::move(more);
    if (answer_.delay.count() == 0)
      return deliver();
    timer_.expires_after(answer_.delay);
    timer_.async_wait([self = this->shared_from_this()](error_code error) {
      if (!error)
        self->deliver();
    });
  }

  void deliver() {
    if (answer_.how == fate::silence)
      return wait_for_the_end();
    if (answer_.how == fate::reset)
      return reset();
    if (more_)
      return begin_stream();
    const bool half = answer_.how == fate::truncate;
    std::ostringstream text;
    text << whole(keep_ && !half);
    bytes_ = text.str();
    if (half)
      bytes_.resize(bytes_.size() - answer_.body.size() + answer_.body.size() / 2);
    lowest().expires_after(idle_timeout);
    asio::async_write(stream_, asio::buffer(bytes_),
                      [self = this->shared_from_this(), half](error_code error, std::size_t) {
                        if (half)
                          return self->hang_up();
                        !error && self->keep_ ? self->read() : self->close();
                      });
  }

  http::response<http::string_body> whole(bool keep) const {
    http::response<http::string_body> out;
    out.version(version_);
    out.result(static_cast<unsigned>(answer_.status));
    for (const auto& [name, value] : answer_.headers)
      out.insert(name, value);
    out.body() = answer_.body;
    out.keep_alive(keep);
    out.prepare_payload();
    return out;
  }

  void begin_stream() {
    bytes_ = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
    for (const auto& [name, value] : answer_.headers)
      bytes_.append(name).append(": ").append(value).append("\r\n");
    bytes_ += "\r\n";
    more_->on_ready([weak = this->weak_from_this()] {
      // Not at once: the simulator is still processing something.
      if (const auto self = weak.lock())
        asio::post(self->stream_.get_executor(), [self] { self->pump(); });
    });
    write_piece();
    wait_for_the_end();
  }

  void write_piece() {
    writing_ = true;
    asio::async_write(stream_, asio::buffer(bytes_),
                      [self = this->shared_from_this()](error_code error, std::size_t) {
                        self->writing_ = false;
                        if (self->last_)
                          return self->close();
                        if (error)
                          self->more_.reset();
                        self->pump();
                      });
  }

  void pump() {
    if (writing_ || !more_)
      return;
    if (const auto text = more_->pull(); !text.empty()) {
      std::ostringstream chunk;
      chunk << std::hex << text.size() << "\r\n" << text << "\r\n";
      bytes_ = chunk.str();
      return write_piece();
    }
    if (!more_->ended())
      return;
    const bool broken = more_->broken();
    more_.reset();
    if (broken)
      return reset();
    bytes_ = "0\r\n\r\n";
    last_ = true;
    write_piece();
  }

  void wait_for_the_end() {
    stream_.async_read_some(asio::buffer(ignored_),
                            [self = this->shared_from_this()](error_code error, std::size_t) {
                              if (!error)
                                return self->wait_for_the_end();
                              self->more_.reset();
                            });
  }

  void reset() {
    error_code ignored;
    lowest().socket().set_option(asio::socket_base::linger{true, 0}, ignored);
    lowest().socket().close(ignored);
  }

  /// Closes without TLS shutdown: as a crash does.
  void hang_up() {
    error_code ignored;
    lowest().socket().shutdown(tcp::socket::shutdown_both, ignored);
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

  std::shared_ptr<asio::ssl::context> tls_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::shared_ptr<const port_service> about_;
  asio::steady_timer timer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  response answer_;
  std::shared_ptr<body_stream> more_;
  std::string bytes_;
  std::string source_;
  std::array<char, 512> ignored_{};
  bool writing_ = false;
  bool last_ = false;
  bool keep_ = false;
  unsigned version_ = 11;
};

} // namespace acr::simkit
