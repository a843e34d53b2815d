/// The transfer thread: one curl_multi for all exchanges and streams of a gateway.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "protocol/messages/http.hpp"
#include "runtime/http/driver_options.hpp"
#include "runtime/http/transfer_id.hpp"

namespace acr {

/// An exchange ended.
struct exchange_ended {
  transfer_id id;
  result<http_response> value;
};
/// A stream opened with a 2xx status.
struct transfer_began {
  transfer_id id;
  std::string date; ///< Its Date header; empty: there was none.
};
/// The next bytes of a stream.
struct transfer_piece {
  transfer_id id;
  secret_string chunk;
};
/// A stream got a status other than 2xx, and ended.
struct transfer_refused {
  transfer_id id;
  http_response response;
};
/// A stream ended; without a reason the server ended it properly.
struct transfer_ended {
  transfer_id id;
  std::optional<failure> reason;
};
/// The thread failed; no more events follow.
struct driver_failed {
  std::string why;
};
using driver_event = std::variant<exchange_ended, transfer_began, transfer_piece, transfer_refused,
                                  transfer_ended, driver_failed>;

/// All functions may be called from any thread and return at once; events are reported to the
/// listener, on the driver's thread. After the destructor nothing is reported, not even for open
/// transfers.
class http_driver {
public:
  using listener = std::function<void(driver_event)>;

  http_driver(http_driver_options options, listener tell);
  http_driver(const http_driver&) = delete;
  http_driver& operator=(const http_driver&) = delete;
  /// Aborts all transfers and joins the thread (unless called on it).
  ~http_driver();

  void exchange(transfer_id id, http_request request, const http_limits& limits);
  void open(transfer_id id, http_request request, const stream_limits& limits);
  /// The reader of a stream has processed this many bytes.
  void acknowledge(transfer_id id, std::size_t bytes);
  /// Ends it; nothing more is reported of it, except what is in flight.
  void withdraw(transfer_id id);

private:
  class core;
  std::shared_ptr<core> core_;
  std::thread thread_;
};

} // namespace acr
