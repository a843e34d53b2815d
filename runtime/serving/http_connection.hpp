/// One connection of the server: reads requests, has them answered. Included only by
/// http_server.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <openssl/err.h>

#include "runtime/serving/http_engine.hpp"

namespace acr::serving {

namespace http = beast::http;
using tls_stream = beast::ssl_stream<beast::tcp_stream>;

/// Request after request until either side ends it.
template <class Stream>
class http_connection : public connection,
                        public std::enable_shared_from_this<http_connection<Stream>> {
public:
  /// `tls` outlives the stream.
  http_connection(const std::shared_ptr<http_server::engine>& owner, connection_book::id id,
                  Stream stream, std::shared_ptr<asio::ssl::context> tls)
      : owner_{owner}, limits_{owner->options.limits}, id_{id}, tls_{std::move(tls)},
        stream_{std::move(stream)}, late_{owner->io} {}
  http_connection(const http_connection&) = delete;
  http_connection& operator=(const http_connection&) = delete;
  ~http_connection() override {
    if (const auto owner = owner_.lock())
      owner->gone(id_);
  }

  void start() {
    lowest().expires_after(limits_.request);
    if constexpr (secure)
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code error) {
                                if (error)
                                  return self->failed(error);
                                self->read();
                              });
    else
      read();
  }

  void end() override {
    error_code ignored;
    lowest().socket().close(ignored);
  }

private:
  static constexpr bool secure = std::is_same_v<Stream, tls_stream>;
  using body_type = http::string_body;

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  void read() {
    parser_.emplace();
    parser_->header_limit(limits_.header_bytes);
    if (limits_.body_bytes == 0)
      parser_->body_limit(boost::none); // it is not read
    else
      parser_->body_limit(limits_.body_bytes);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](error_code error, std::size_t) { self->begun(error); });
  }

  /// The header has arrived.
  void begun(error_code error) {
    head_ = !error && parser_->get().method() == http::verb::head; // for refusals as well
    if (error || limits_.body_bytes == 0)
      return received(error);
    const auto length = parser_->content_length();
    const auto owner = owner_.lock();
    if (!owner)
      return;
    keep_ = false;
    if (!length && parser_->chunked())
      return send(plain(411, "the length of the body has to be told\n"));
    if (length && *length > limits_.body_bytes)
      return send(plain(413, "the request is too long\n"));
    if (!owner->make_room(id_, length.value_or(0)))
      return send(plain(503, "too much at once\n"));
    lowest().expires_after(limits_.request);
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](error_code failed, std::size_t) {
                       self->received(failed);
                     });
  }

  void received(error_code error) {
    keep_ = false;
    if (error == http::error::header_limit)
      return send(plain(431, "the request is too long\n"));
    if (error == http::error::body_limit)
      return send(plain(413, "the request is too long\n"));
    if (error.category() == http::make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message)
      return send(plain(400, "that is no HTTP request\n"));
    if (error)
      return failed(error);
    const auto owner = owner_.lock();
    if (!owner)
      return;
    owner->book.at_work(id_);
    owner->bodies.erase(id_);
    auto& request = parser_->get();
    keep_ = request.keep_alive() && limits_.idle.count() > 0 && limits_.body_bytes > 0;
    const auto number = ++number_;
    late_.expires_after(limits_.answer);
    late_.async_wait([self = this->shared_from_this(), number](error_code cancelled) {
      if (!cancelled) // keeps the connection alive until it is answered
        self->answer(number, plain(503, "no answer in time\n"));
    });
    served_request asked{std::string{request.method_string()}, std::string{request.target()},
                         std::string{request[http::field::host]}, std::move(request.body())};
    // The answer may take long, and the server may end before it.
    owner->make(std::move(asked),
                [owner, weak = this->weak_from_this(), number](served_answer made) {
                  asio::post(owner->io, [weak, number, made = std::move(made)]() mutable {
                    if (const auto self = weak.lock())
                      self->answer(number, std::move(made));
                  });
                });
  }

  static served_answer plain(int status, std::string text) {
    return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
  }

  void answer(std::uint64_t number, served_answer made) {
    if (number != number_ || std::exchange(answered_, number) == number)
      return;
    late_.cancel();
    send(std::move(made));
  }

  void send(served_answer made) {
    // From here on it is the client who takes the time.
    if (const auto owner = owner_.lock())
      owner->book.waited_for(id_);
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(made.status));
    for (const auto& [name, value] : made.headers)
      response_.set(name, value);
    response_.content_length(made.body.size());
    response_.keep_alive(keep_);
    if (!head_)
      response_.body() = std::move(made.body);
    serializer_.emplace(response_);
    lowest().expires_after(limits_.transmission);
    http::async_write(
        stream_, *serializer_,
        [self = this->shared_from_this()](error_code error, std::size_t) { self->sent(error); });
  }

  void sent(error_code error) {
    if (error)
      return end();
    if (!keep_)
      return farewell();
    lowest().expires_after(limits_.idle);
    read();
  }

  void farewell() {
    if constexpr (secure) {
      lowest().expires_after(std::chrono::seconds{1});
      stream_.async_shutdown([self = this->shared_from_this()](error_code) {});
    } else {
      error_code ignored;
      lowest().socket().shutdown(tcp::socket::shutdown_send, ignored);
    }
  }

  /// Closed, timed out, or a TLS error: an alert comes from the client, and means that it rejects
  /// our certificate.
  void failed(error_code error) {
    if (error.category() != asio::error::get_ssl_category())
      return;
    constexpr int first_alert = 1000; // SSL_AD_REASON_OFFSET
    const auto owner = owner_.lock();
    if (owner && owner->options.on_refused &&
        ERR_GET_REASON(static_cast<unsigned long>(error.value())) >= first_alert)
      owner->options.on_refused();
  }

  std::weak_ptr<http_server::engine> owner_;
  server_limits limits_;
  connection_book::id id_;
  std::shared_ptr<asio::ssl::context> tls_;
  Stream stream_;
  asio::steady_timer late_;
  beast::flat_buffer buffer_{std::size_t{64} << 10U};
  std::optional<http::request_parser<body_type>> parser_;
  http::response<body_type> response_;
  std::optional<http::response_serializer<body_type>> serializer_;
  std::uint64_t number_ = 0; ///< Of the current request.
  std::uint64_t answered_ = 0;
  bool head_ = false; ///< The current request wants no body.
  bool keep_ = false;
};

} // namespace acr::serving
