/// Reads the target of a request from its URL, and checks whether it can be sent.
#pragma once

#include <string>
#include <string_view>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"

namespace acr {

struct http_target {
  std::string scheme;    ///< "http" or "https".
  std::string host;      ///< As in the URL; an IPv6 address in brackets.
  std::string port;      ///< Decimal; the scheme's default if the URL has none.
  std::string authority; ///< `host[:port]` as in the URL: the Host header.
  std::string shown;     ///< `scheme://host[:port]/path`, safe for logs: no query, no user.
};

/// Fails with `bad_request` if the URL is not an absolute http(s) URL without user and fragment, or
/// if method or headers hold characters that would break the framing.
result<http_target> read_target(const http_request& request);

/// `host[:port]` of an absolute URL, unchanged.
std::string_view authority_of(std::string_view url);

/// The same URL with another host.
std::string with_host(const std::string& url, const std::string& host);

} // namespace acr
