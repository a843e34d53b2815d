/// What the server's thread works on. Private to runtime/serving/.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "runtime/serving/connection_book.hpp"
#include "runtime/serving/http_server.hpp"

namespace acr {

namespace serving {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = asio::ip::tcp;

/// As the engine knows it.
class connection {
public:
  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  virtual ~connection() = default;
  /// At once, without a word.
  virtual void end() = 0;
};

} // namespace serving

/// Who makes an answer holds it, too: the server may end before.
struct http_server::engine {
  engine(answer_maker maker, server_options how)
      : make{std::move(maker)}, options{std::move(how)}, book{{options.limits.connections,
                                                               options.limits.per_peer}} {}

  boost::asio::io_context io{1};
  serving::tcp::acceptor acceptor{io};
  boost::asio::steady_timer pause{io};
  answer_maker make;
  server_options options;
  std::shared_ptr<boost::asio::ssl::context> identity; ///< Of new connections; null: none yet.
  connection_book book;
  std::map<connection_book::id, std::weak_ptr<serving::connection>> connections;
  connection_book::id last = 0;
  bool accepting = false; ///< The next connection is awaited, or a pause before it.

  void accept(const std::shared_ptr<engine>& self);
  void pause_and_accept(const std::shared_ptr<engine>& self);
  void serve_peer(const std::shared_ptr<engine>& self, serving::tcp::socket peer);
  void gone(connection_book::id which);
  static void serve(const std::shared_ptr<engine>& self) noexcept;
};

} // namespace acr
