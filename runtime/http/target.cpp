#include "runtime/http/target.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <curl/curl.h>

namespace acr {

namespace {

using url_handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part(const url_handle& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK)
    return {};
  std::string copy{text};
  curl_free(text);
  return copy;
}

// RFC 9110, 5.6.2: the characters of a method and a header name.
bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != std::string_view::npos;
  });
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos;
}

bool has_blank_or_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
}

failure refused(std::string why) {
  failure reason;
  reason.code = errc::bad_request;
  reason.step = "http request";
  reason.message = std::move(why);
  return reason;
}

} // namespace

std::string_view authority_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos)
    return {};
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

result<http_target> read_target(const http_request& request) {
  if (!is_token(request.method))
    return refused("the method is not a token");
  for (const auto& header : request.headers)
    if (!is_token(header.name) || !is_one_line(header.value))
      return refused("a header holds characters that are not allowed");
  if (has_blank_or_control(request.url))
    return refused("the URL holds blanks or control characters");

  const url_handle url{curl_url(), curl_url_cleanup};
  // The address itself is kept out of the text: it may be anything, a password included.
  const auto code = curl_url_set(url.get(), CURLUPART_URL, request.url.c_str(),
                                 CURLU_DISALLOW_USER | CURLU_PATH_AS_IS);
  if (code != CURLUE_OK)
    return refused(std::string{"the URL cannot be used: "} + curl_url_strerror(code));
  http_target target;
  target.scheme = part(url, CURLUPART_SCHEME);
  if (target.scheme != "http" && target.scheme != "https")
    return refused("the URL is neither http nor https");
  if (!part(url, CURLUPART_FRAGMENT).empty())
    return refused("the URL has a fragment");
  target.host = part(url, CURLUPART_HOST);
  target.port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  target.authority = target.host;
  if (const auto port = part(url, CURLUPART_PORT); !port.empty())
    target.authority += ":" + port;
  target.shown = target.scheme + "://" + target.authority + part(url, CURLUPART_PATH);
  return target;
}

std::string with_host(const std::string& url, const std::string& host) {
  const url_handle handle{curl_url(), curl_url_cleanup};
  if (curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), CURLU_PATH_AS_IS) != CURLUE_OK ||
      curl_url_set(handle.get(), CURLUPART_HOST, host.c_str(), 0) != CURLUE_OK)
    return url;
  return part(handle, CURLUPART_URL);
}

} // namespace acr
