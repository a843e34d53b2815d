/// Which transfers may begin: each server has a budget for streams and one for exchanges, so that
/// neither takes the connections of the other. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "runtime/http/transfer_id.hpp"

namespace acr {

struct budget_limits {
  std::size_t exchanges = 256; ///< Under way at one server; more wait.
  /// Open or waiting at one server; more are refused. Two for each of a thousand namespaces that
  /// are listed by name, and some.
  std::size_t streams = 2560;
  /// Open at a server where each holds a connection of its own (HTTP/1.1); more wait.
  std::size_t streams_alone = 2560;
  /// Streams that wait for their headers; more wait for their turn. As many at a time as an API
  /// server answers at once: the initial lists of a thousand watches exceed what its flow control
  /// takes, and before HTTP/2 has been agreed upon each would make a connection of its own.
  std::size_t opening = 32;
};

/// The same where a process may open so many files, which connections are. The rest is for what
/// else is open: listeners, timers, files, other servers.
budget_limits fit_into(budget_limits wanted, std::size_t open_files);

class host_budgets {
public:
  enum class kind : std::uint8_t { exchange, stream };
  enum class verdict : std::uint8_t {
    begin,
    wait, ///< `take_ready` will name it.
    refuse,
  };

  explicit host_budgets(budget_limits limits) : limits_{limits} {}

  verdict ask(transfer_id id, const std::string& host, kind what);
  /// The headers of a stream have come.
  void opened(transfer_id id);
  /// It is over, or was withdrawn; also of what waits. Unknown ids are passed over.
  void end(transfer_id id);
  /// The server carries several over one connection.
  void multiplexes(const std::string& host);
  /// Those that waited and may begin now, in the order of asking.
  std::vector<transfer_id> take_ready();
  /// Streams that are open or opening, and exchanges under way; of a server.
  std::size_t under_way(const std::string& host, kind what) const;

private:
  struct host {
    std::size_t exchanges = 0;
    std::size_t streams = 0; ///< With those that are opening, without those that wait.
    std::size_t opening = 0;
    bool multiplexes = false;
    std::deque<transfer_id> waiting_exchanges;
    std::deque<transfer_id> waiting_streams;
  };
  enum class phase : std::uint8_t { waiting, opening, running };
  struct entry {
    host* where; // maps keep their elements where they are
    kind what;
    phase now;
  };

  bool may_begin(const host& where, kind what) const;
  void begin(entry& of);
  void let_in(host& where, kind what);

  budget_limits limits_;
  std::map<std::string, host> hosts_;
  std::map<transfer_id, entry> entries_;
  std::vector<transfer_id> ready_;
};

} // namespace acr
