#include "runtime/http/curl_failure.hpp"

#include <string_view>
#include <system_error>
#include <utility>

namespace acr {

namespace {

errc timeout_kind(const transfer_end& end) {
  if (end.connected)
    return errc::http_timeout;
  // curl has one code for all timeouts; only its text shows that it was still resolving the name.
  return end.detail.starts_with("Resolving") ? errc::dns_failed : errc::connect_failed;
}

errc kind_of(const transfer_end& end) {
  switch (end.code) {
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
    return errc::dns_failed;
  case CURLE_COULDNT_CONNECT:
  case CURLE_PROXY:
    return errc::connect_failed;
  case CURLE_OPERATION_TIMEDOUT:
    return timeout_kind(end);
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS:
  case CURLE_SSL_CLIENTCERT:
  case CURLE_USE_SSL_FAILED:
    return errc::tls_failed;
  case CURLE_FILESIZE_EXCEEDED:
    return errc::response_too_big;
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_UNSUPPORTED_PROTOCOL: // an answer of HTTP/0.9 or of an unknown version
  case CURLE_BAD_CONTENT_ENCODING:
    return errc::malformed_answer;
  case CURLE_URL_MALFORMAT:
  case CURLE_BAD_FUNCTION_ARGUMENT:
    return errc::bad_request;
  default:
    return end.connected ? errc::connection_lost : errc::connect_failed;
  }
}

/// The target of a connection, and its proxy: with a proxy that is what fails most often.
std::string place_of(const http_target& target, const std::string& proxy) {
  return target.host + ":" + target.port + (proxy.empty() ? "" : " through the proxy " + proxy);
}

std::string words_for(errc kind, const transfer_end& end, const http_target& target) {
  const auto place = place_of(target, end.proxy);
  switch (kind) {
  case errc::dns_failed:
    return end.code == CURLE_COULDNT_RESOLVE_PROXY
               ? "the name of the proxy " + end.proxy + " does not resolve"
               : target.host + " does not resolve";
  case errc::connect_failed:
    if (end.proxy_status != 0 && end.proxy_status / 100 != 2)
      return "the proxy " + end.proxy + " does not connect to " + place_of(target, {}) +
             ": status " + std::to_string(end.proxy_status);
    if (end.code == CURLE_OPERATION_TIMEDOUT)
      return "no connection to " + place + " in time";
    if (end.os_error != 0)
      return "no connection to " + place + ": " + std::generic_category().message(end.os_error);
    return "no connection to " + place + ": " + curl_easy_strerror(end.code);
  case errc::tls_failed: // names and certificate problems; never a secret
    return "no trusted connection to " + place + ": " +
           (end.detail.empty() ? curl_easy_strerror(end.code) : end.detail);
  case errc::response_too_big:
    return "the answer of " + place + " is larger than is accepted";
  case errc::malformed_answer:
    return place + " does not speak HTTP: " + curl_easy_strerror(end.code);
  case errc::connection_lost:
    return "lost the connection to " + place + ": " + curl_easy_strerror(end.code);
  default:
    return curl_easy_strerror(end.code);
  }
}

} // namespace

failure transfer_failure(errc code, const std::string& method, const http_target& target,
                         std::string message) {
  failure reason;
  reason.code = code;
  reason.step = method + " " + target.shown;
  reason.message = std::move(message);
  return reason;
}

failure to_failure(const transfer_end& end, const std::string& method, const http_target& target) {
  const auto kind = kind_of(end);
  auto reason = transfer_failure(kind, method, target, words_for(kind, end, target));
  reason.status = end.status;
  return reason;
}

failure timed_out(bool connected, std::chrono::milliseconds after, const std::string& method,
                  const http_target& target, const std::string& proxy) {
  const auto place = place_of(target, proxy);
  const auto span = " within " + std::to_string(after.count()) + " ms";
  return connected ? transfer_failure(errc::http_timeout, method, target,
                                      "no complete answer from " + place + span)
                   : transfer_failure(errc::connect_failed, method, target,
                                      "no connection to " + place + span);
}

} // namespace acr
