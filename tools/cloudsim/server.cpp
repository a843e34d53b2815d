#include "tools/cloudsim/server.hpp"

#include <atomic>
#include <map>
#include <sstream>

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/detect_ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "tools/cloudsim/key_fetcher.hpp"

namespace acr::cloudsim {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using namespace std::chrono_literals;

constexpr auto idle_timeout = 120s;
constexpr std::uint64_t body_limit = 1U << 20U;
constexpr std::uint32_t header_limit = 128U << 10U; // OIDC and session tokens travel in queries

wall_time wall_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

http::response<http::string_body> wire_answer(const response& from, unsigned version, bool keep) {
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

} // namespace

struct server::shell {
  shell(cloud& behind, identity_pem roots) : about{behind}, authority{std::move(roots)} {
    renew_certificate();
  }

  void renew_certificate() {
    const auto own = make_server_identity(authority, certificate_names(about.about()));
    auto next = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    next->use_certificate(asio::buffer(own.certificate), asio::ssl::context::pem);
    next->use_private_key(asio::buffer(own.key), asio::ssl::context::pem);
    tls = std::move(next);
  }

  /// Answers now or, if keys must be fetched, when a worker has them.
  void answer(request from, std::function<void(response)> then) {
    auto out = about.handle(from);
    if (!out.keys)
      return then(std::move(out.answer));
    from.keys_fetched = true;
    auto& waiting = fetching[out.keys->issuer];
    waiting.push_back([this, from = std::move(from), then = std::move(then)] {
      then(about.handle(from).answer);
    });
    if (waiting.size() > 1)
      return; // one fetch serves all who wait
    asio::post(workers, [this, wish = std::move(*out.keys)] {
      auto keys = fetch_keys(wish, stopping);
      asio::post(io, [this, issuer = wish.issuer, keys = std::move(keys)]() mutable {
        about.put_keys(issuer, std::move(keys));
        for (auto& next : std::exchange(fetching[issuer], {}))
          next();
      });
    });
  }

  response administer(const request& from) {
    auto out = about.administer(from);
    if (from.method == "POST" && from.target == "/world" && out.status == 200)
      renew_certificate();
    return out;
  }

  asio::io_context io{1};
  asio::thread_pool workers{2};
  std::atomic<bool> stopping = false;
  cloud& about;
  identity_pem authority;
  std::shared_ptr<asio::ssl::context> tls;
  std::map<std::string, std::vector<std::function<void()>>> fetching; // by issuer
  asio::signal_set signals{io};
  asio::steady_timer parent_timer{io};
};

namespace {

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
    from.now = wall_now();
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
      lowest().expires_after(1s);
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

template <class Shell>
struct acceptor : std::enable_shared_from_this<acceptor<Shell>> {
  acceptor(Shell& shell, listener where)
      : owner{shell}, at{std::move(where)}, socket{shell.io,
                                                   {asio::ip::make_address(at.address), at.port}} {}

  void accept() {
    socket.async_accept([self = this->shared_from_this()](error_code error, tcp::socket peer) {
      if (error == asio::error::operation_aborted)
        return;
      if (!error)
        self->serve(std::move(peer));
      self->accept();
    });
  }

  void serve(tcp::socket peer) {
    error_code ignored;
    peer.set_option(tcp::no_delay{true}, ignored);
    if (at.what == listener::kind::either)
      return std::make_shared<undecided<Shell>>(owner, std::move(peer), at)->start();
    auto serve_it = at.what == listener::kind::tls ? serve_tls<Shell> : serve_plain<Shell>;
    serve_it(owner, beast::tcp_stream{std::move(peer)}, {}, at);
  }

  Shell& owner;
  listener at;
  tcp::acceptor socket;
};

} // namespace

std::vector<std::string> certificate_names(const world& about) {
  std::vector<std::string> out{"localhost", "127.0.0.1", "::1", "100.100.100.200",
                               "*.aliyuncs.com"};
  for (const auto& region : about.regions()) {
    out.push_back("*." + region + ".aliyuncs.com");
    out.push_back("*." + region + ".cr.aliyuncs.com");
  }
  return out;
}

server::server(cloud& behind, identity_pem authority)
    : shell_{std::make_unique<shell>(behind, std::move(authority))} {}

server::~server() {
  shell_->stopping = true;
  shell_->workers.stop();
  shell_->workers.join();
}

std::uint16_t server::listen(const listener& wish) {
  auto next = std::make_shared<acceptor<shell>>(*shell_, wish);
  next->accept();
  return next->socket.local_endpoint().port();
}

void server::run() { shell_->io.run(); }

void server::stop() {
  shell_->stopping = true;
  shell_->io.stop();
}

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
    shell_->parent_timer.expires_after(500ms);
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

} // namespace acr::cloudsim
