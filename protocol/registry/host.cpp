#include "protocol/registry/host.hpp"

#include <charconv>

#include "protocol/dns_name.hpp"

namespace acr::registry {

namespace {

bool valid_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && text.front() != '0' &&
         port >= 1 && port <= 65535;
}

} // namespace

bool valid_host(std::string_view host) {
  const auto colon = host.find(':');
  if (colon != std::string_view::npos && !valid_port(host.substr(colon + 1)))
    return false;
  return valid_dns_name(host.substr(0, colon), true);
}

} // namespace acr::registry
