#include "protocol/http.hpp"

#include <utility>

#include <boost/algorithm/string/predicate.hpp>

namespace acr {

namespace {

void overwrite(http_request& request) {
  for (auto* text : {&request.url, &request.body, &request.proxy_url})
    wipe(*text);
  for (auto& header : request.headers)
    wipe(header.value);
}

} // namespace

http_request& http_request::operator=(http_request other) noexcept {
  overwrite(*this); // exchanging a short text copies it, and its characters stay
  std::swap(method, other.method);
  std::swap(url, other.url);
  std::swap(headers, other.headers);
  std::swap(body, other.body);
  std::swap(tls, other.tls);
  std::swap(proxy_url, other.proxy_url);
  return *this;
}

http_request::~http_request() { overwrite(*this); }

std::string_view find_header(const std::vector<http_header>& headers, std::string_view name) {
  for (const auto& header : headers)
    if (boost::algorithm::iequals(header.name, name))
      return header.value;
  return {};
}

} // namespace acr
