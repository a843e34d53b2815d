#include "tools/simkit/http_server.hpp"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/detect_ssl.hpp>

#include "tools/simkit/http_connection.hpp"

namespace acr::simkit {

namespace {

using shared_service = std::shared_ptr<const port_service>;
using shared_tls = std::shared_ptr<asio::ssl::context>;

void serve_plain(beast::tcp_stream stream, beast::flat_buffer buffer, shared_service about) {
  std::make_shared<http_connection<beast::tcp_stream>>(std::move(stream), std::move(buffer),
                                                       std::move(about), nullptr)
      ->start();
}

void serve_tls(beast::tcp_stream stream, beast::flat_buffer buffer, shared_service about,
               shared_tls tls) {
  auto& context = *tls;
  std::make_shared<http_connection<tls_stream>>(tls_stream{std::move(stream), context},
                                                std::move(buffer), std::move(about), std::move(tls))
      ->start();
}

/// A connection that has not been identified as TLS or plain yet.
struct undecided : std::enable_shared_from_this<undecided> {
  undecided(tcp::socket socket, shared_service service, shared_tls context)
      : stream{std::move(socket)}, about{std::move(service)}, tls{std::move(context)} {}

  void start() {
    stream.expires_after(idle_timeout);
    beast::async_detect_ssl(
        stream, buffer, [self = shared_from_this()](error_code error, bool secure) {
          if (error)
            return;
          if (secure)
            serve_tls(std::move(self->stream), std::move(self->buffer), self->about, self->tls);
          else
            serve_plain(std::move(self->stream), std::move(self->buffer), self->about);
        });
  }

  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  shared_service about;
  shared_tls tls;
};

} // namespace

struct http_server::shell {
  struct acceptor : std::enable_shared_from_this<acceptor> {
    acceptor(shell& shell, const bind_address& where, shared_service service)
        : owner{shell}, about{std::move(service)}, socket{shell.io,
                                                          {asio::ip::make_address(where.address),
                                                           where.port}} {}

    void accept() {
      socket.async_accept([self = shared_from_this()](error_code error, tcp::socket peer) {
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
      switch (about->how) {
      case transport::plain:
        return serve_plain(beast::tcp_stream{std::move(peer)}, {}, about);
      case transport::tls:
        return serve_tls(beast::tcp_stream{std::move(peer)}, {}, about, owner.tls);
      case transport::either:
        return std::make_shared<undecided>(std::move(peer), about, owner.tls)->start();
      }
    }

    shell& owner;
    shared_service about;
    tcp::acceptor socket;
  };

  explicit shell(http_limits most) : limits{most} {}

  void watch_parent(pid_t parent) {
    // Polled: PR_SET_PDEATHSIG would fire when our starting thread ends, not the process.
    parent_timer.expires_after(std::chrono::milliseconds{500});
    parent_timer.async_wait([this, parent](error_code error) {
      if (error)
        return;
      if (getppid() != parent)
        return io.stop();
      watch_parent(parent);
    });
  }

  http_limits limits;
  asio::io_context io{1};
  shared_tls tls;
  asio::signal_set signals{io};
  asio::steady_timer parent_timer{io};
  asio::steady_timer wake_timer{io};
};

http_server::http_server(http_limits limits) : shell_{std::make_unique<shell>(limits)} {}

http_server::~http_server() = default;

void http_server::identify_as(const identity_pem& own) {
  auto next = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  next->use_certificate(asio::buffer(own.certificate), asio::ssl::context::pem);
  next->use_private_key(asio::buffer(own.key), asio::ssl::context::pem);
  shell_->tls = std::move(next);
}

std::uint16_t http_server::listen(const bind_address& where, transport how, handler answer) {
  auto about =
      std::make_shared<const port_service>(port_service{how, shell_->limits, std::move(answer)});
  auto next = std::make_shared<shell::acceptor>(*shell_, where, std::move(about));
  next->accept();
  return next->socket.local_endpoint().port();
}

void http_server::run() { shell_->io.run(); }

void http_server::stop() { shell_->io.stop(); }

void http_server::stop_on_signals(bool also_without_parent) {
  shell_->signals.add(SIGTERM);
  shell_->signals.add(SIGINT);
  shell_->signals.async_wait([this](error_code error, int) {
    if (!error)
      stop();
  });
  if (also_without_parent)
    shell_->watch_parent(getppid());
}

void http_server::post(std::function<void()> what) { asio::post(shell_->io, std::move(what)); }

void http_server::wake_after(std::chrono::milliseconds delay, std::function<void()> what) {
  shell_->wake_timer.expires_after(delay);
  shell_->wake_timer.async_wait([what = std::move(what)](error_code error) {
    if (!error)
      what();
  });
}

std::uint16_t free_port() {
  asio::io_context io;
  return tcp::acceptor{io, {asio::ip::address_v4::loopback(), 0}}.local_endpoint().port();
}

} // namespace acr::simkit
