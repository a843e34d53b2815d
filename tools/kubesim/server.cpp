#include "tools/kubesim/server.hpp"

#include <array>
#include <optional>
#include <sstream>
#include <type_traits>

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/detect_ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace acr::kubesim {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using tls_stream = beast::ssl_stream<beast::tcp_stream>;

std::uint16_t free_port() {
  asio::io_context io;
  return tcp::acceptor{io, {asio::ip::address_v4::loopback(), 0}}.local_endpoint().port();
}

namespace {

constexpr auto idle_timeout = std::chrono::seconds{120};
constexpr std::uint64_t body_limit = 4U << 20U; // more than the 3 MiB of a real server
} // namespace

struct server::shell {
  shell(cluster& behind, const simkit::identity_pem& own) : about{behind} {
    tls.use_certificate(asio::buffer(own.certificate), asio::ssl::context::pem);
    tls.use_private_key(asio::buffer(own.key), asio::ssl::context::pem);
  }

  /// Wakes the cluster when it has something to do: after every request, for that changes it.
  void arm() {
    const auto at = about.next_due();
    if (!at)
      return;
    timer.expires_after(std::max(*at - system_now(), std::chrono::milliseconds{1}));
    timer.async_wait([this](error_code error) {
      if (error)
        return;
      about.advance(system_now());
      arm();
    });
  }

  asio::io_context io{1};
  asio::ssl::context tls{asio::ssl::context::tls_server};
  cluster& about;
  asio::steady_timer timer{io};
  asio::signal_set signals{io};
  asio::steady_timer parent_timer{io};
};

namespace {

/// One connection: request after request, or one watch, until either side ends it.
template <class Shell, class Stream>
class connection : public std::enable_shared_from_this<connection<Shell, Stream>> {
public:
  connection(Shell& owner, Stream stream, beast::flat_buffer buffer, bool administration)
      : owner_{owner}, stream_{std::move(stream)}, buffer_{std::move(buffer)},
        administration_{administration}, timer_{owner.io} {}

  void start() {
    if constexpr (std::is_same_v<Stream, tls_stream>) {
      lowest().expires_after(idle_timeout);
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
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  void read() {
    parser_.emplace();
    parser_->body_limit(body_limit);
    lowest().expires_after(idle_timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](error_code error, std::size_t) {
                       if (error)
                         return self->close();
                       self->received(self->parser_->release());
                     });
  }

  void received(http::request<http::string_body> message) {
    keep_ = message.keep_alive();
    version_ = message.version();
    request from;
    from.method = std::string{message.method_string()};
    from.target = std::string{message.target()};
    from.body = std::move(message.body());
    for (const auto& field : message)
      from.headers.push_back({std::string{field.name_string()}, std::string{field.value()}});
    from.now = system_now();
    lowest().expires_never();
    outcome out;
    if (administration_)
      out.answer = owner_.about.administer(from);
    else
      out = owner_.about.handle(from);
    owner_.arm();
    answer_ = std::move(out.answer);
    watch_ = std::move(out.stream);
    if (answer_.delay.count() == 0)
      return deliver();
    timer_.expires_after(answer_.delay);
    timer_.async_wait([self = this->shared_from_this()](error_code error) {
      if (!error)
        self->deliver();
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

  void deliver() {
    if (answer_.how == fate::silence)
      return wait_for_the_end();
    if (answer_.how == fate::reset)
      return reset();
    if (watch_)
      return begin_watch();
    const bool half = answer_.how == fate::truncate;
    if (half)
      keep_ = false;
    std::ostringstream text;
    text << whole(keep_);
    bytes_ = text.str();
    if (half)
      bytes_.resize(bytes_.size() - answer_.body.size() + answer_.body.size() / 2);
    lowest().expires_after(idle_timeout);
    asio::async_write(stream_, asio::buffer(bytes_),
                      [self = this->shared_from_this()](error_code error, std::size_t) {
                        if (!error && self->keep_)
                          self->read();
                        else
                          self->close();
                      });
  }

  void begin_watch() {
    bytes_ = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
    for (const auto& [name, value] : answer_.headers)
      bytes_.append(name).append(": ").append(value).append("\r\n");
    bytes_ += "\r\n";
    watch_->on_ready([weak = this->weak_from_this()] {
      // Not at once: the cluster is in the middle of something.
      if (const auto self = weak.lock())
        asio::post(self->owner_.io, [self] { self->pump(); });
    });
    writing_ = true;
    asio::async_write(
        stream_, asio::buffer(bytes_),
        [self = this->shared_from_this()](error_code error, std::size_t) { self->wrote(error); });
    wait_for_the_end();
  }

  void wrote(error_code error) {
    writing_ = false;
    if (error)
      watch_.reset();
    pump();
  }

  void pump() {
    if (writing_ || !watch_)
      return;
    const auto text = watch_->pull();
    bytes_.clear();
    if (!text.empty()) {
      std::ostringstream size;
      size << std::hex << text.size();
      bytes_ = size.str() + "\r\n" + text + "\r\n";
    } else if (watch_->ended()) {
      const bool broken = watch_->broken();
      watch_.reset();
      if (broken)
        return reset();
      bytes_ = "0\r\n\r\n";
      last_ = true;
    } else {
      return;
    }
    writing_ = true;
    asio::async_write(stream_, asio::buffer(bytes_),
                      [self = this->shared_from_this()](error_code failed, std::size_t) {
                        if (self->last_)
                          return self->close();
                        self->wrote(failed);
                      });
  }

  void wait_for_the_end() {
    stream_.async_read_some(asio::buffer(ignored_),
                            [self = this->shared_from_this()](error_code error, std::size_t) {
                              if (!error)
                                return self->wait_for_the_end();
                              self->watch_.reset();
                            });
  }

  void reset() {
    error_code ignored;
    lowest().socket().set_option(asio::socket_base::linger{true, 0}, ignored);
    lowest().socket().close(ignored);
  }

  void close() {
    error_code ignored;
    if constexpr (std::is_same_v<Stream, tls_stream>) {
      lowest().expires_after(std::chrono::seconds{1});
      stream_.async_shutdown([self = this->shared_from_this()](error_code) {});
    } else {
      lowest().socket().shutdown(tcp::socket::shutdown_send, ignored);
    }
  }

  Shell& owner_;
  Stream stream_;
  beast::flat_buffer buffer_;
  bool administration_;
  asio::steady_timer timer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  response answer_;
  std::shared_ptr<watch_stream> watch_;
  std::string bytes_;
  std::array<char, 512> ignored_{};
  bool writing_ = false;
  bool last_ = false;
  bool keep_ = false;
  unsigned version_ = 11;
};

/// A connection of which it is not known yet whether it speaks TLS.
template <class Shell>
struct undecided : std::enable_shared_from_this<undecided<Shell>> {
  undecided(Shell& shell, tcp::socket socket, bool admin)
      : owner{shell}, stream{std::move(socket)}, administration{admin} {}

  void start() {
    stream.expires_after(idle_timeout);
    beast::async_detect_ssl(
        stream, buffer, [self = this->shared_from_this()](error_code error, bool tls) {
          if (error)
            return;
          if (tls)
            std::make_shared<connection<Shell, tls_stream>>(
                self->owner, tls_stream{std::move(self->stream), self->owner.tls},
                std::move(self->buffer), self->administration)
                ->start();
          else
            std::make_shared<connection<Shell, beast::tcp_stream>>(
                self->owner, std::move(self->stream), std::move(self->buffer), self->administration)
                ->start();
        });
  }

  Shell& owner;
  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  bool administration;
};

template <class Shell>
struct acceptor : std::enable_shared_from_this<acceptor<Shell>> {
  acceptor(Shell& shell, std::uint16_t port, bool admin)
      : owner{shell}, administration{admin}, socket{shell.io,
                                                    {asio::ip::address_v4::loopback(), port}} {}

  void accept() {
    socket.async_accept([self = this->shared_from_this()](error_code error, tcp::socket peer) {
      if (error == asio::error::operation_aborted)
        return;
      if (!error) {
        error_code ignored;
        peer.set_option(tcp::no_delay{true}, ignored);
        std::make_shared<undecided<Shell>>(self->owner, std::move(peer), self->administration)
            ->start();
      }
      self->accept();
    });
  }

  Shell& owner;
  bool administration;
  tcp::acceptor socket;
};

} // namespace

server::server(cluster& behind, const simkit::identity_pem& identity)
    : shell_{std::make_unique<shell>(behind, identity)} {}

server::~server() = default;

std::uint16_t server::listen(std::uint16_t port, bool administration) {
  auto next = std::make_shared<acceptor<shell>>(*shell_, port, administration);
  next->accept();
  return next->socket.local_endpoint().port();
}

void server::run() {
  shell_->arm();
  shell_->io.run();
}

void server::stop() { shell_->io.stop(); }

void server::stop_on_signals(bool also_without_parent) {
  shell_->signals.add(SIGTERM);
  shell_->signals.add(SIGINT);
  shell_->signals.async_wait([this](error_code error, int) {
    if (!error)
      stop();
  });
  if (!also_without_parent)
    return;
  // Polled: PR_SET_PDEATHSIG would fire when the thread ends that started us, not the process.
  const auto check = [this, parent = getppid()](const auto& again) -> void {
    shell_->parent_timer.expires_after(std::chrono::milliseconds{500});
    shell_->parent_timer.async_wait([this, parent, again](error_code error) {
      if (error)
        return;
      if (getppid() != parent)
        return stop();
      again(again);
    });
  };
  check(check);
}

} // namespace acr::kubesim
