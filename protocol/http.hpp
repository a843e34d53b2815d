/// HTTP requests and answers as plain values: built and read by codecs, sent by a gateway.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/secret_string.hpp"

namespace acr {

struct http_header {
  std::string name;
  std::string value;

  friend bool operator==(const http_header&, const http_header&) = default;
};

/// How the two ends of a connection authenticate. Requests with the same object (or equal content)
/// share connections.
struct tls_options {
  std::string ca_pem;                ///< Trusted roots; empty: those of the system.
  std::string client_cert_pem;       ///< Empty: no client certificate.
  secret_string client_key_pem;      ///< Belongs to the certificate.
  std::string server_name;           ///< SNI and certificate name, if not the host of the URL.
  bool insecure_skip_verify = false; ///< Only if a kubeconfig says so.
};

/// A request. Header values and body may hold secrets: it is never printed, and each copy
/// overwrites them on destruction.
struct http_request {
  http_request() = default;
  http_request(const http_request&) = default;
  http_request(http_request&&) noexcept = default;
  /// By value: the previous content is destroyed with `other`.
  http_request& operator=(http_request other) noexcept;
  ~http_request();

  std::string method = "GET";
  std::string url; ///< Absolute: `https://host[:port]/path?query`, percent-encoded.
  std::vector<http_header> headers;
  std::string body;
  std::shared_ptr<const tls_options> tls; ///< Null: TLS with the system's roots.
  std::string proxy_url;                  ///< "http://proxy:3128": overrides the environment.
};

/// A complete answer. The body may hold a secret.
struct http_response {
  int status = 0;
  std::vector<http_header> headers; ///< Names as sent (HTTP/2: lower case).
  secret_string body;
};

/// The value of the first header of that name, case-insensitively; empty if there is none.
std::string_view find_header(const std::vector<http_header>& headers, std::string_view name);

} // namespace acr
