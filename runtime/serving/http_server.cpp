#include "runtime/serving/http_server.hpp"

#include <charconv>
#include <exception>
#include <utility>

#include <boost/asio/ip/v6_only.hpp>

#include "runtime/serving/http_connection.hpp"

namespace acr {

namespace {

namespace asio = boost::asio;
using serving::error_code;
using serving::tcp;

template <class Stream>
std::shared_ptr<serving::connection> begin(const std::shared_ptr<http_server::engine>& owner,
                                           connection_book::id id, Stream stream,
                                           std::shared_ptr<asio::ssl::context> tls) {
  auto made = std::make_shared<serving::http_connection<Stream>>(owner, id, std::move(stream),
                                                                 std::move(tls));
  made->start();
  return made;
}

} // namespace

/// An exception in a handler ends its connection and nothing else: most likely it is due to the
/// memory limit.
void http_server::engine::serve(const std::shared_ptr<engine>& self) noexcept {
  for (bool thrown = false;;) {
    try {
      if (std::exchange(thrown, false) && !self->accepting)
        self->pause_and_accept(self);
      self->io.run();
      return;
    } catch (const std::exception&) {
      thrown = true;
    }
  }
}

void http_server::engine::accept(const std::shared_ptr<engine>& self) {
  acceptor.async_accept([weak = std::weak_ptr{self}](error_code error, tcp::socket peer) {
    const auto owner = weak.lock();
    if (!owner || error == asio::error::operation_aborted)
      return;
    owner->accepting = false;
    if (error) // out of descriptors, most likely: no busy loop
      return owner->pause_and_accept(owner);
    owner->accept(owner);
    owner->serve_peer(owner, std::move(peer));
  });
  accepting = true;
}

void http_server::engine::pause_and_accept(const std::shared_ptr<engine>& self) {
  pause.expires_after(std::chrono::milliseconds{200});
  pause.async_wait([weak = std::weak_ptr{self}](error_code cancelled) {
    const auto again = weak.lock();
    if (!again || cancelled)
      return;
    again->accepting = false;
    again->accept(again);
  });
  accepting = true;
}

void http_server::engine::serve_peer(const std::shared_ptr<engine>& self, tcp::socket peer) {
  if (options.tls && !identity)
    return; // closed: there is no certificate yet
  error_code error;
  const auto from = peer.remote_endpoint(error).address().to_string();
  if (error)
    return;
  const auto id = ++last;
  const auto verdict = book.admit(id, from);
  if (verdict.ended)
    end(*verdict.ended);
  if (!verdict.accepted)
    return;
  peer.set_option(tcp::no_delay{true}, error);
  serving::beast::tcp_stream stream{std::move(peer)};
  connections[id] =
      options.tls ? begin(self, id, serving::tls_stream{std::move(stream), *identity}, identity)
                  : begin(self, id, std::move(stream), nullptr);
}

void http_server::engine::gone(connection_book::id which) {
  book.gone(which);
  bodies.erase(which);
  connections.erase(which);
}

void http_server::engine::end(connection_book::id which) {
  const auto found = connections.find(which);
  const auto whose = found == connections.end() ? nullptr : found->second.lock();
  gone(which);
  if (whose)
    whose->end();
}

bool http_server::engine::make_room(connection_book::id which, std::uint64_t bytes) {
  const auto all = [this] {
    std::uint64_t sum = 0;
    for (const auto& [one, size] : bodies)
      sum += size;
    return sum;
  };
  bodies.erase(which);
  while (all() + bytes > serving::most_of_bodies) {
    const auto oldest = book.oldest_but(which);
    if (!oldest)
      return false;
    end(*oldest);
  }
  bodies[which] = bytes;
  return true;
}

result<listen_address> parse_listen_address(const std::string& text) {
  const auto bad = [&] {
    return make_failure(errc::parameter_bad, "read an address to listen on",
                        "'" + text + "' is not HOST:PORT, with an IP address or none as HOST");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string::npos)
    return bad();
  listen_address found;
  found.host = text.substr(0, colon);
  const auto* const first = text.data() + colon + 1;
  const auto* const last = text.data() + text.size();
  const auto read = std::from_chars(first, last, found.port);
  if (first == last || read.ec != std::errc{} || read.ptr != last)
    return bad();
  if (found.host.size() > 1 && found.host.front() == '[' && found.host.back() == ']')
    found.host = found.host.substr(1, found.host.size() - 2);
  else if (found.host.find(':') != std::string::npos)
    return bad(); // an IPv6 address needs brackets
  if (found.host == "localhost")
    found.host = "127.0.0.1";
  error_code error;
  if (!found.host.empty())
    asio::ip::make_address(found.host, error);
  if (error)
    return bad();
  return found;
}

result<std::unique_ptr<http_server>> http_server::open(const listen_address& where,
                                                       answer_maker make, server_options options) {
  auto made = std::make_shared<engine>(std::move(make), std::move(options));
  error_code error;
  const auto listen = [&](const asio::ip::address& at) {
    const tcp::endpoint here{at, where.port};
    made->acceptor.close(error);
    made->acceptor.open(here.protocol(), error);
    if (!error)
      made->acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
    if (!error && at.is_v6() && where.host.empty())
      made->acceptor.set_option(asio::ip::v6_only{false}, error);
    if (!error)
      made->acceptor.bind(here, error);
    if (!error)
      made->acceptor.listen(tcp::acceptor::max_listen_connections, error);
  };
  listen(where.host.empty() ? asio::ip::address{asio::ip::address_v6::any()}
                            : asio::ip::make_address(where.host));
  if (error && where.host.empty())
    listen(asio::ip::address_v4::any()); // a machine without IPv6
  if (error)
    return make_failure(errc::connect_failed,
                        "listen on " + where.host + ":" + std::to_string(where.port),
                        error.message());
  std::unique_ptr<http_server> server{new http_server};
  server->port_ = made->acceptor.local_endpoint(error).port();
  server->engine_ = made;
  made->accept(made);
  server->thread_ = std::thread{[made] { engine::serve(made); }};
  return server;
}

std::optional<failure> http_server::identify_as(const server_identity& own) {
  auto next = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  error_code error;
  next->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                        asio::ssl::context::no_tlsv1_1,
                    error);
  const auto key = own.key.reveal();
  if (!error)
    next->use_certificate_chain(asio::buffer(own.certificate), error);
  if (!error)
    next->use_private_key(asio::buffer(key.data(), key.size()), asio::ssl::context::pem, error);
  if (!error && SSL_CTX_check_private_key(next->native_handle()) != 1)
    error = asio::error::invalid_argument;
  ERR_clear_error();
  if (error)
    return make_failure(errc::parameter_bad, "use a serving certificate",
                        "it is no certificate, or the key does not belong to it");
  asio::post(engine_->io, [engine = engine_, next = std::move(next)]() mutable {
    engine->identity = std::move(next);
  });
  return std::nullopt;
}

http_server::~http_server() {
  if (!engine_)
    return;
  engine_->io.stop();
  thread_.join();
}

} // namespace acr
