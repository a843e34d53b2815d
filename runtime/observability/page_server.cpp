#include "runtime/observability/page_server.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "protocol/aliyun/signature.hpp"

namespace acr {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

/// All that the thread works on. Whoever makes a page holds it, too: the server may end before.
struct page_server::engine {
  engine(page_maker maker, page_limits bounds) : make{std::move(maker)}, limits{bounds} {}

  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  page_maker make;
  page_limits limits;
  std::size_t connections = 0;
  bool accepting = false; ///< The next connection is awaited, or a pause before it.

  class connection;
  void accept(const std::shared_ptr<engine>& self);
  void pause_and_accept(const std::shared_ptr<engine>& self);
  static void serve(const std::shared_ptr<engine>& self) noexcept;
};

/// One request and its answer.
class page_server::engine::connection : public std::enable_shared_from_this<connection> {
public:
  connection(const std::shared_ptr<engine>& owner, tcp::socket peer)
      : owner_{owner}, limits_{owner->limits}, stream_{std::move(peer)}, late_{owner->io} {
    ++owner->connections;
    parser_.header_limit(limits_.header_bytes);
    parser_.body_limit(boost::none); // it is not read
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() {
    if (const auto owner = owner_.lock())
      --owner->connections;
  }

  void start() {
    stream_.expires_after(limits_.request);
    http::async_read_header(
        stream_, buffer_, parser_,
        [self = shared_from_this()](error_code error, std::size_t) { self->received(error); });
  }

private:
  void received(error_code error) {
    if (error == http::error::header_limit)
      return send({431, "text/plain; charset=utf-8", "the request is too long\n"});
    if (error.category() == http::make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message)
      return send({400, "text/plain; charset=utf-8", "that is no HTTP request\n"});
    if (error)
      return; // gone, or too slow
    const auto& request = parser_.get();
    head_ = request.method() == http::verb::head;
    if (request.method() != http::verb::get && !head_)
      return send({405, "text/plain; charset=utf-8", "read only: GET or HEAD\n"});
    const auto wanted = parse_page_target(std::string{request.target()});
    const auto owner = owner_.lock();
    if (!owner)
      return;
    late_.expires_after(limits_.answer);
    late_.async_wait([self = shared_from_this()](error_code cancelled) { // keeps it alive
      if (!cancelled)
        self->answer({503, "text/plain; charset=utf-8", "no answer in time\n"});
    });
    // Its maker may take its time, and the server's end may come first.
    owner->make(wanted, [owner, weak = weak_from_this()](page made) {
      asio::post(owner->io, [weak, made = std::move(made)]() mutable {
        if (const auto self = weak.lock())
          self->answer(std::move(made));
      });
    });
  }

  void answer(page made) {
    if (std::exchange(answered_, true))
      return;
    late_.cancel();
    send(std::move(made));
  }

  void send(page made) {
    response_.version(11);
    response_.result(static_cast<unsigned>(made.status));
    response_.set(http::field::content_type, made.type);
    response_.set(http::field::cache_control, "no-store");
    response_.set(http::field::x_frame_options, "DENY");
    response_.set("X-Content-Type-Options", "nosniff");
    response_.set("Referrer-Policy", "no-referrer");
    response_.set("Content-Security-Policy",
                  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                  "form-action 'self'; frame-ancestors 'none'");
    if (made.status == 405)
      response_.set(http::field::allow, "GET, HEAD");
    response_.content_length(made.body.size());
    response_.keep_alive(false);
    if (!head_)
      response_.body() = std::move(made.body);
    serializer_.emplace(response_);
    stream_.expires_after(limits_.transmission);
    http::async_write(stream_, *serializer_, [self = shared_from_this()](error_code, std::size_t) {
      error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    });
  }

  std::weak_ptr<engine> owner_;
  page_limits limits_;
  beast::tcp_stream stream_;
  asio::steady_timer late_;
  beast::flat_buffer buffer_{std::size_t{64} << 10U};
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  bool head_ = false;
  bool answered_ = false;
};

/// What a handler throws ends its connection and nothing else: it is most likely the memory's
/// limit.
void page_server::engine::serve(const std::shared_ptr<engine>& self) noexcept {
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

void page_server::engine::accept(const std::shared_ptr<engine>& self) {
  acceptor.async_accept([weak = std::weak_ptr{self}](error_code error, tcp::socket peer) {
    const auto owner = weak.lock();
    if (!owner || error == asio::error::operation_aborted)
      return;
    owner->accepting = false;
    if (!error && owner->connections < owner->limits.connections)
      std::make_shared<connection>(owner, std::move(peer))->start();
    if (!error)
      return owner->accept(owner);
    // Out of descriptors, most likely: not in a hot loop.
    owner->pause_and_accept(owner);
  });
  accepting = true;
}

void page_server::engine::pause_and_accept(const std::shared_ptr<engine>& self) {
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

page_request parse_page_target(const std::string& target) {
  const auto question = target.find('?');
  page_request out{target.substr(0, question), {}};
  if (question != std::string::npos)
    for (auto& [key, value] : aliyun::form_decode(target.substr(question + 1)))
      out.query.try_emplace(std::move(key), std::move(value));
  return out;
}

result<page_address> parse_page_address(const std::string& text) {
  const auto bad = [&] {
    return make_failure(errc::parameter_bad, "read an address to listen on",
                        "'" + text + "' is not HOST:PORT, with an IP address or none as HOST");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string::npos)
    return bad();
  page_address found;
  found.host = text.substr(0, colon);
  const auto* const first = text.data() + colon + 1;
  const auto* const last = text.data() + text.size();
  const auto read = std::from_chars(first, last, found.port);
  if (first == last || read.ec != std::errc{} || read.ptr != last)
    return bad();
  if (found.host.size() > 1 && found.host.front() == '[' && found.host.back() == ']')
    found.host = found.host.substr(1, found.host.size() - 2);
  else if (found.host.find(':') != std::string::npos)
    return bad(); // an IPv6 address needs its brackets
  if (found.host == "localhost")
    found.host = "127.0.0.1";
  error_code error;
  if (!found.host.empty())
    asio::ip::make_address(found.host, error);
  if (error)
    return bad();
  return found;
}

result<std::unique_ptr<page_server>> page_server::open(const page_address& where, page_maker make,
                                                       page_limits limits) {
  auto made = std::make_shared<engine>(std::move(make), limits);
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
  std::unique_ptr<page_server> server{new page_server};
  server->port_ = made->acceptor.local_endpoint(error).port();
  server->engine_ = made;
  made->accept(made);
  server->thread_ = std::thread{[made] { engine::serve(made); }};
  return server;
}

page_server::~page_server() {
  if (!engine_)
    return;
  engine_->io.stop();
  thread_.join();
}

} // namespace acr
