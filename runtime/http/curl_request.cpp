#include "runtime/http/curl_request.hpp"

#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace acr {

namespace {

// Detects a path that silently drops packets within this time, not after the kernel's 15 minutes:
// otherwise requests would keep going to a dead HTTP/2 connection.
constexpr int unanswered_ms = 20000;
constexpr int keepalive_idle_s = 20;
constexpr int keepalive_interval_s = 5;

int tune_socket(void* /*context*/, curl_socket_t socket, curlsocktype /*purpose*/) {
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered_ms, sizeof unanswered_ms);
  return CURL_SOCKOPT_OK;
}

curl_blob view(std::string_view text) {
  // curl only reads it.
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
}

} // namespace

curl_request::curl_request(http_request request, http_target target)
    : request_{std::move(request)}, target_{std::move(target)}, url_{request_.url} {
  if (request_.tls && !request_.tls->server_name.empty() && target_.scheme == "https") {
    // curl verifies the name in the URL; the connection still goes to the real host.
    url_ = with_host(request_.url, request_.tls->server_name);
    connect_to_ = "::" + target_.host + ":" + target_.port;
    connect_to_node_ = {connect_to_.data(), nullptr};
    if (find_header(request_.headers, "host").empty())
      request_.headers.push_back({"Host", target_.authority});
  }
  build_headers();
}

curl_request::~curl_request() {
  wipe(url_);
  for (auto& line : lines_)
    wipe(line);
}

void curl_request::build_headers() {
  for (const auto& [name, value] : request_.headers) {
    auto& line = lines_.emplace_back();
    line.reserve(name.size() + value.size() + 2); // growing would leave a copy behind
    line += name;
    // curl takes "name:" as "do not send this header".
    line += value.empty() ? std::string_view{";"} : std::string_view{": "};
    line += value;
  }
  // Headers that curl would add and the caller did not ask for.
  for (const char* name : {"Accept", "Content-Type", "Expect"})
    if (find_header(request_.headers, name).empty())
      lines_.push_back(std::string{name} + ":");
  nodes_.resize(lines_.size());
  for (std::size_t i = 0; i < lines_.size(); ++i)
    nodes_[i] = {lines_[i].data(), i + 1 < lines_.size() ? &nodes_[i + 1] : nullptr};
}

void curl_request::apply(CURL* easy, const http_driver_options& options, bool use_proxy) {
  curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); // a signature covers the path as it is
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_2TLS});
  // Wait for a connection that is being made, to share it. Not without TLS: HTTP/2 is not possible
  // then, and curl 7.88 makes the others wait for the end of the first, even if that is an endless
  // stream.
  if (target_.scheme == "https")
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // A hanging name server must not block the thread when a lookup is abandoned.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, long{options.connect_timeout.count()});
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, long{keepalive_idle_s});
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, long{keepalive_interval_s});
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, tune_socket);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nodes_.data());
  curl_easy_setopt(easy, CURLOPT_HEADEROPT, long{CURLHEADER_SEPARATE}); // not to a proxy
  if (!options.user_agent.empty())
    curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  if (!connect_to_.empty())
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, &connect_to_node_);
  apply_method(easy);
  apply_proxy(easy, options, use_proxy);
  apply_tls(easy, options);
}

void curl_request::apply_method(CURL* easy) const {
  const auto& method = request_.method;
  if (!request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.c_str());
  } else if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
}

void curl_request::apply_proxy(CURL* easy, const http_driver_options& options, bool use_proxy) {
  const auto chosen = options.proxy.choose(target_.scheme, target_.host, target_.port);
  std::string url;
  if (use_proxy)
    url = request_.proxy_url.empty() ? std::string{chosen} : request_.proxy_url;
  proxy_ = shown_proxy(url);
  // Always set: otherwise curl would read the environment, with different rules.
  curl_easy_setopt(easy, CURLOPT_PROXY, url.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, url.empty() ? "*" : "");
  wipe(url);
}

void curl_request::apply_tls(CURL* easy, const http_driver_options& options) const {
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  const auto& tls = request_.tls;
  // The directory of system roots is consulted in addition to all other settings: only without it
  // exactly the requested roots are trusted. It would also defeat curl's cache of the parsed file.
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  if (tls && !tls->ca_pem.empty()) {
    auto blob = view(tls->ca_pem);
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  } else if (options.roots) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options.roots->path().c_str());
  }
  if (!tls)
    return;
  if (!tls->client_cert_pem.empty()) {
    auto certificate = view(tls->client_cert_pem);
    auto key = view(tls->client_key_pem.reveal());
    curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key);
  }
  if (tls->insecure_skip_verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

} // namespace acr
