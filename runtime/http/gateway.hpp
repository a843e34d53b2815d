/// The HTTP gateway: all requests and streams of the process, over one thread and one connection
/// pool.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include <caf/fwd.hpp>

#include "protocol/messages/http.hpp"
#include "runtime/http/host_budgets.hpp"
#include "runtime/http/proxy.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

/// The roots that verify a server, unless a request brings its own (`tls_options::ca_pem`).
struct trust_options {
  std::string extra_ca_pem;   ///< Trusted as well: private clouds, tests.
  bool only_extra_ca = false; ///< Trusted instead of the system's roots.
  /// Reads `extra_ca_pem` again, after a connection that was not trusted; empty: it never changes.
  std::function<std::string()> extra_ca_again{};
};

/// Receives the Date header of each answer with a 2xx status.
struct date_watch {
  /// `server`: `host[:port]`; `took`: since the request was asked for, by `uptime`. No function:
  /// not wanted.
  std::function<void(std::string_view server, std::string_view date,
                     std::chrono::milliseconds took)>
      tell;
  std::function<std::chrono::milliseconds()> uptime; ///< Keeps running while the machine sleeps.
};

struct http_gateway_deps {
  std::string user_agent = "acr-credential-helper";
  proxy_options proxy;
  trust_options trust;
  /// Limits name resolution, TCP and TLS together: an endpoint that drops packets costs no more
  /// than this before the next one is tried.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds{5};
  budget_limits budgets{};
  logger log;
  date_watch dates{};
};

/// Flow: `http_call` -> `http_reply`; `open_stream` -> `stream_opened`, `stream_data` ...,
/// `stream_closed`, or `stream_refused`. HTTP/2 on one connection per host where the server offers
/// it, HTTP/1.1 otherwise; TLS 1.2 or later. Headers are sent as given; curl adds `Host`,
/// `User-Agent` and `Content-Length` where missing. Redirects are not followed.
/// Streams never take the connections of exchanges (`budgets`); transfers above a budget wait for
/// their turn: an exchange within its deadline, a stream for nearly twice its `open_deadline`.
/// Guarantees: every call is answered, also when the gateway dies; requests of a caller or a
/// receiver that died are cancelled; an answer is never longer than its limit; no failure text
/// holds a header, a body or a query.
/// Assumptions: a receiver acknowledges what it has read; otherwise its stream stops.
/// Caveats: a stream reopened under an id that is still in use replaces the old one silently.
/// Errors: `dns_failed`, `connect_failed` (within `connect_timeout`), `tls_failed`, `http_timeout`
/// (also in the queue, and for a stream beyond the budget; the text says so),
/// `connection_lost`, `stream_idle`, `response_too_big` (also for more than 64 KiB of headers),
/// `malformed_answer` (not HTTP), `bad_request`, and `cancelled` when it stops.
http_gateway spawn_http_gateway(caf::actor_system& system, http_gateway_deps deps);

} // namespace acr
