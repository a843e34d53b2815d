/// The state of the server's thread. Private to runtime/serving/.
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

/// Limit for all bodies together, in bytes: clients that send much cost no more memory than this.
inline constexpr std::uint64_t most_of_bodies = 24U << 20U;

/// The engine's view of a connection.
class connection {
public:
  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  virtual ~connection() = default;
  /// Closes it at once, without an answer.
  virtual void end() = 0;
};

} // namespace serving

/// Also held by pending answers: the server may end before.
struct http_server::engine {
  engine(answer_maker maker, server_options how)
      : make{std::move(maker)}, options{std::move(how)}, book{{options.limits.connections,
                                                               options.limits.per_peer}} {}

  boost::asio::io_context io{1};
  serving::tcp::acceptor acceptor{io};
  boost::asio::steady_timer pause{io};
  answer_maker make;
  server_options options;
  std::shared_ptr<boost::asio::ssl::context> identity; ///< For new connections; null: none yet.
  connection_book book;
  std::map<connection_book::id, std::weak_ptr<serving::connection>> connections;
  std::map<connection_book::id, std::uint64_t> bodies; ///< Bytes that are being received.
  connection_book::id last = 0;
  bool accepting = false; ///< The next connection is awaited, or a pause before it.

  void accept(const std::shared_ptr<engine>& self);
  void pause_and_accept(const std::shared_ptr<engine>& self);
  void serve_peer(const std::shared_ptr<engine>& self, serving::tcp::socket peer);
  void gone(connection_book::id which);
  void end(connection_book::id which);
  /// Makes room for a body of this size; other incomplete ones are dropped for it, the oldest
  /// first. False: there is none.
  bool make_room(connection_book::id which, std::uint64_t bytes);
  static void serve(const std::shared_ptr<engine>& self) noexcept;
};

} // namespace acr
