/// A server on an ephemeral loopback port that speaks HTTP as well or as badly as a test wants.
#pragma once

#include <charconv>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include "tests/support/certificates.hpp"

namespace acr::testing {

/// One accepted connection, in plain or under TLS; blocking, on a thread of its own. After an error
/// everything is a no-op: scripts need no handling of their own.
class raw_connection {
  template <class Action>
  auto with_stream(Action action) {
    return plain_ ? action(*plain_) : action(*secure_);
  }

public:
  using tcp = boost::asio::ip::tcp;

  raw_connection(tcp::socket socket, boost::asio::ssl::context* tls) {
    if (tls == nullptr) {
      plain_ = std::make_unique<tcp::socket>(std::move(socket));
    } else {
      secure_ = std::make_unique<boost::asio::ssl::stream<tcp::socket>>(std::move(socket), *tls);
    }
  }

  void handshake() {
    if (secure_)
      secure_->handshake(boost::asio::ssl::stream_base::server, error_);
  }

  bool good() const { return !error_; }

  /// A whole request: head, and body if it has a Content-Length. Empty if the peer went away.
  std::string read_request() {
    const auto head = read_until("\r\n\r\n");
    std::size_t length = 0;
    const auto at = head.find("Content-Length: ");
    if (at != std::string::npos)
      std::from_chars(head.data() + at + 16, head.data() + head.size(), length);
    return head + read(length);
  }

  void write(std::string_view text) {
    if (error_)
      return;
    with_stream(
        [&](auto& stream) { boost::asio::write(stream, boost::asio::buffer(text), error_); });
  }

  /// A complete answer with a Content-Length.
  void answer(std::string_view status, std::string_view body, std::string_view headers = {}) {
    write("HTTP/1.1 " + std::string{status} + "\r\n" + std::string{headers} +
          "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
  }

  /// That many bytes; fewer if the peer went away.
  std::string read(std::size_t size) {
    char piece[4096];
    while (!error_ && buffer_.size() < size) {
      const auto count = with_stream(
          [&](auto& stream) { return stream.read_some(boost::asio::buffer(piece), error_); });
      buffer_.append(piece, count);
    }
    return take(std::min(size, buffer_.size()));
  }

  void chunk(std::string_view text) {
    char size[20];
    const auto end = std::to_chars(size, size + sizeof size, text.size(), 16).ptr;
    write(std::string{size, end} + "\r\n" + std::string{text} + "\r\n");
  }

  /// Returns when the peer closes.
  void wait_for_the_peer_to_leave() {
    while (!error_)
      read(1);
  }

  /// Closes with a reset instead of an orderly end.
  void reset() {
    const std::lock_guard lock{closing_};
    lowest().set_option(boost::asio::socket_base::linger{true, 0}, error_);
    lowest().close(error_);
    error_ = boost::asio::error::not_connected;
  }

  void close() {
    if (secure_ && !error_)
      secure_->shutdown(error_);
    const std::lock_guard lock{closing_};
    lowest().close(error_);
    error_ = boost::asio::error::not_connected;
  }

  /// From another thread: wakes whatever blocks.
  void cut() {
    const std::lock_guard lock{closing_};
    if (lowest().is_open())
      ::shutdown(lowest().native_handle(), SHUT_RDWR);
  }

private:
  tcp::socket& lowest() { return plain_ ? *plain_ : secure_->next_layer(); }

  std::string read_until(std::string_view end) {
    if (error_)
      return {};
    const auto size = with_stream([&](auto& stream) {
      return boost::asio::read_until(stream, boost::asio::dynamic_buffer(buffer_), end, error_);
    });
    return take(size);
  }

  std::string take(std::size_t size) {
    auto text = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return text;
  }

  std::unique_ptr<tcp::socket> plain_;
  std::unique_ptr<boost::asio::ssl::stream<tcp::socket>> secure_;
  std::string buffer_;
  boost::system::error_code error_;
  std::mutex closing_;
};

/// Runs `script` for each connection. The destructor cuts all connections and waits for the
/// scripts.
class raw_server {
public:
  using script = std::function<void(raw_connection&)>;
  using tcp = boost::asio::ip::tcp;

  explicit raw_server(script play, std::shared_ptr<boost::asio::ssl::context> tls = nullptr)
      : play_{std::move(play)}, tls_{std::move(tls)},
        acceptor_{io_, tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}},
        accepting_{[this] { accept(); }} {}

  raw_server(const raw_server&) = delete;
  raw_server& operator=(const raw_server&) = delete;

  ~raw_server() {
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR); // wakes accept, which close would not
    accepting_.join();
    {
      const std::lock_guard lock{mutex_};
      for (auto& one : sessions_)
        if (one.connection)
          one.connection->cut();
    }
    for (auto& one : sessions_)
      one.thread.join();
  }

  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  std::string url(std::string_view path = "/") const {
    return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + port() + std::string{path};
  }
  /// How many connections were accepted so far.
  std::size_t connections() const {
    const std::lock_guard lock{mutex_};
    return sessions_.size();
  }

private:
  struct session {
    std::unique_ptr<raw_connection> connection; // guarded by mutex_
    std::thread thread;
  };

  void accept() {
    for (;;) {
      boost::system::error_code error;
      auto socket = std::make_shared<tcp::socket>(io_);
      acceptor_.accept(*socket, error);
      if (error)
        return;
      const std::lock_guard lock{mutex_};
      auto& one = sessions_.emplace_back();
      one.thread = std::thread{[this, &one, socket] { serve(one, std::move(*socket)); }};
    }
  }

  void serve(session& one, tcp::socket socket) {
    auto fresh = std::make_unique<raw_connection>(std::move(socket), tls_.get());
    auto* connection = fresh.get();
    {
      const std::lock_guard lock{mutex_};
      one.connection = std::move(fresh);
    }
    connection->handshake();
    if (connection->good())
      play_(*connection);
    connection->close();
  }

  script play_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  mutable std::mutex mutex_;
  std::list<session> sessions_;
  std::thread accepting_;
};

/// The server's side of TLS: its certificate, and whose client certificates it demands, if any.
inline std::shared_ptr<boost::asio::ssl::context>
server_tls(const identity& server, const std::string& client_ca_pem = {}) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->use_certificate_chain(boost::asio::buffer(server.certificate_pem));
  context->use_private_key(boost::asio::buffer(server.key_pem), ssl::context::pem);
  if (!client_ca_pem.empty()) {
    context->add_certificate_authority(boost::asio::buffer(client_ca_pem));
    context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  }
  return context;
}

} // namespace acr::testing
