/// Chooses a request's proxy by the rules of Go's `golang.org/x/net/http/httpproxy`: the programs
/// beside us in a cluster read the same variables.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/secret_string.hpp"

namespace acr {

enum class proxy_policy : std::uint8_t {
  environment, ///< HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in either case.
  fixed,       ///< `url`, except for the hosts of `no_proxy`.
  none,
};

struct proxy_options {
  proxy_policy policy = proxy_policy::environment;
  secret_string url;    ///< `http://[user:password@]host:port`; it may hold a password.
  std::string no_proxy; ///< Like NO_PROXY, and in addition to it.
};

/// The hosts that are reached directly. A comma list of `*` (all), names (`example.com`: it and its
/// subdomains; `.example.com` and `*.example.com`: only the subdomains), IP addresses and CIDR
/// blocks; names and addresses may have a port. Invalid items exempt nothing.
class proxy_exemptions {
public:
  explicit proxy_exemptions(std::string_view list = {});

  /// `host`: as in a URL, IPv6 with or without brackets.
  bool covers(std::string_view host, std::string_view port) const;

private:
  struct name {
    std::string suffix; ///< ".example.com"
    std::string port;   ///< Empty: any.
    bool itself = false;
  };
  struct block {
    std::vector<unsigned char> address; ///< 4 or 16 bytes, network order.
    unsigned bits = 0;
    std::string port;
  };

  void add(std::string_view item);

  bool all_ = false;
  std::vector<name> names_;
  std::vector<block> blocks_;
};

/// A variable of the environment; empty if it is not set.
using environment_reader = std::function<std::string(const char* name)>;

class proxy_rules {
public:
  proxy_rules() = default; ///< None.
  proxy_rules(const proxy_options& options, const environment_reader& variable);

  /// The proxy's URL, with its password; empty: none. `scheme`: "http" or "https".
  std::string_view choose(std::string_view scheme, std::string_view host,
                          std::string_view port) const;

private:
  secret_string for_https_;
  secret_string for_http_;
  proxy_exemptions exempt_;
  bool local_is_exempt_ = false; ///< localhost and loopback addresses.
};

/// "host:port" of a proxy's URL for messages: without user and password.
std::string shown_proxy(std::string_view url);

} // namespace acr
