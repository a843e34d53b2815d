/// Translates a failed transfer: curl's result and progress, in our terms.
#pragma once

#include <chrono>
#include <string>

#include <curl/curl.h>

#include "protocol/failure.hpp"
#include "runtime/http/target.hpp"

namespace acr {

/// How a transfer ended.
struct transfer_end {
  CURLcode code = CURLE_OK;
  bool connected = false; ///< The connection was established, and the request about to be sent.
  int status = 0;         ///< Status of the answer, if received; 0: none.
  int os_error = 0;       ///< `errno` of the failed connect, 0 if unknown.
  int proxy_status = 0;   ///< The proxy's answer to CONNECT, 0 if there was none.
  std::string proxy;      ///< "host:port" of the proxy; empty: none.
  std::string detail;     ///< curl's message; only used where it holds nothing secret.
};

/// A failure of the request that `method` and `target` name.
failure transfer_failure(errc code, const std::string& method, const http_target& target,
                         std::string message);

/// `method` and `target` name the request; the text never holds a query, a header or a body.
failure to_failure(const transfer_end& end, const std::string& method, const http_target& target);

/// The failure of an expired deadline. `proxy`: as in `transfer_end`.
failure timed_out(bool connected, std::chrono::milliseconds after, const std::string& method,
                  const http_target& target, const std::string& proxy = {});

} // namespace acr
