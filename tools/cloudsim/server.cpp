#include "tools/cloudsim/server.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/string.hpp>

#include "tools/cloudsim/key_fetcher.hpp"
#include "tools/simkit/http_server.hpp"

namespace acr::cloudsim {

struct server::shell {
  using reply = simkit::http_server::reply;

  shell(cloud& behind, identity_pem roots) : about{behind}, authority{std::move(roots)} {
    renew_certificate();
  }

  void renew_certificate() {
    front.identify_as(make_server_identity(authority, certificate_names(about.about())));
  }

  /// Answers now or, if keys must be fetched, when a worker has them.
  void answer(request from, reply then) {
    auto out = about.handle(from);
    if (!out.keys)
      return then(std::move(out.answer), nullptr);
    from.keys_fetched = true;
    auto& waiting = fetching[out.keys->issuer];
    waiting.push_back([this, from = std::move(from), then = std::move(then)] {
      then(about.handle(from).answer, nullptr);
    });
    if (waiting.size() > 1)
      return; // one fetch serves all waiting requests
    boost::asio::post(workers, [this, wish = std::move(*out.keys)] {
      auto keys = fetch_keys(wish, stopping);
      front.post([this, issuer = wish.issuer, keys = std::move(keys)]() mutable {
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

  cloud& about;
  identity_pem authority;
  simkit::http_server front{{}};
  boost::asio::thread_pool workers{2};
  std::atomic<bool> stopping = false;
  std::map<std::string, std::vector<std::function<void()>>> fetching; // by issuer
};

namespace {

void address_to(const std::string& host, request& from) {
  for (auto& header : from.headers)
    if (boost::beast::iequals(header.name, "Host"))
      header.value = host;
}

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
  using kind = listener::kind;
  const auto how = wish.what == kind::tls      ? simkit::transport::tls
                   : wish.what == kind::either ? simkit::transport::either
                                               : simkit::transport::plain;
  return shell_->front.listen(
      {wish.address, wish.port}, how,
      [shell = shell_.get(), wish](simkit::incoming asked, shell::reply send) {
        request from{std::move(asked)};
        if (!wish.as_host.empty())
          address_to(wish.as_host, from);
        if (wish.what == kind::admin)
          return send(shell->administer(from), nullptr);
        shell->answer(std::move(from), std::move(send));
      });
}

void server::run() { shell_->front.run(); }

void server::stop() {
  shell_->stopping = true;
  shell_->front.stop();
}

void server::stop_on_signals(bool also_without_parent) {
  shell_->front.stop_on_signals(also_without_parent);
}

} // namespace acr::cloudsim
