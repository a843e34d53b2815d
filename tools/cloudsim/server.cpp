#include "tools/cloudsim/server.hpp"

#include <atomic>
#include <functional>
#include <map>

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include "tools/cloudsim/connection.hpp"
#include "tools/cloudsim/key_fetcher.hpp"

namespace acr::cloudsim {

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

} // namespace acr::cloudsim
