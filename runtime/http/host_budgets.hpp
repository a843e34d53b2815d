/// Decides which transfers may begin: each server has a budget for streams and one for exchanges,
/// so that neither takes the connections of the other. Pure.
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
  std::size_t exchanges = 256; ///< In flight at one server; more wait.
  /// Open or waiting at one server; more are refused. Two for each of a thousand namespaces that
  /// are listed by name, and some reserve.
  std::size_t streams = 2560;
  /// Open at a server where each holds a connection of its own (HTTP/1.1); more wait.
  std::size_t streams_alone = 2560;
  /// Streams that wait for their headers; more wait for their turn. As many at a time as an API
  /// server answers in parallel: the initial lists of a thousand watches exceed its flow control,
  /// and before HTTP/2 has been negotiated each would make a connection of its own.
  std::size_t opening = 32;
};

/// The same for a process that may open only so many files, since connections are files. The rest
/// is for other open files: listeners, timers, other servers.
budget_limits fit_into(budget_limits wanted, std::size_t open_files);

class host_budgets {
public:
  enum class kind : std::uint8_t { exchange, stream };
  enum class verdict : std::uint8_t {
    begin,
    wait, ///< `take_ready` will return it.
    refuse,
  };

  explicit host_budgets(budget_limits limits) : limits_{limits} {}

  verdict ask(transfer_id id, const std::string& host, kind what);
  /// The headers of a stream have come.
  void opened(transfer_id id);
  /// It has ended, or was cancelled; also while waiting. Unknown ids are ignored.
  void end(transfer_id id);
  /// The server multiplexes several over one connection.
  void multiplexes(const std::string& host);
  /// Those that waited and may begin now, in order of arrival.
  std::vector<transfer_id> take_ready();
  /// Number of streams that are open or opening, or of exchanges in flight, at a server.
  std::size_t under_way(const std::string& host, kind what) const;

private:
  struct host {
    std::size_t exchanges = 0;
    std::size_t streams = 0; ///< Including those that are opening, without those that wait.
    std::size_t opening = 0;
    bool multiplexes = false;
    std::deque<transfer_id> waiting_exchanges;
    std::deque<transfer_id> waiting_streams;
  };
  enum class phase : std::uint8_t { waiting, opening, running };
  struct entry {
    host* where; // maps keep their elements in place
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
