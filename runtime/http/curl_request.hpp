/// A request in curl's form, and the memory that curl refers to while using it.
#pragma once

#include <string>
#include <vector>

#include <curl/curl.h>

#include "protocol/http.hpp"
#include "runtime/http/driver_options.hpp"
#include "runtime/http/target.hpp"

namespace acr {

class curl_request {
public:
  curl_request(http_request request, http_target target);
  curl_request(const curl_request&) = delete;
  curl_request& operator=(const curl_request&) = delete;
  /// Overwrites its own copies of URL and headers; the request overwrites its own.
  ~curl_request();

  /// Sets everything about the request on a fresh handle. The handle refers to this object until it
  /// is reset.
  void apply(CURL* easy, const http_driver_options& options, bool use_proxy);

  /// "host:port" of the proxy that was chosen by `apply`; empty: none.
  const std::string& proxy() const noexcept { return proxy_; }
  /// The request brings no trusted certificates of its own.
  bool uses_roots() const noexcept { return !request_.tls || request_.tls->ca_pem.empty(); }
  const http_target& target() const noexcept { return target_; }
  const std::string& method() const noexcept { return request_.method; }

private:
  void build_headers();
  void apply_method(CURL* easy) const;
  void apply_proxy(CURL* easy, const http_driver_options& options, bool use_proxy);
  void apply_tls(CURL* easy, const http_driver_options& options) const;

  http_request request_;
  http_target target_;
  std::string url_;
  std::string proxy_;
  std::vector<std::string> lines_;
  std::vector<curl_slist> nodes_; // our own list: curl_slist_append would leave copies behind
  std::string connect_to_;
  curl_slist connect_to_node_{};
};

} // namespace acr
