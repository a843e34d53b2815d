#include "tools/cloudsim/key_fetcher.hpp"

#include <boost/json/parse.hpp>
#include <curl/curl.h>

namespace acr::cloudsim {

namespace {

constexpr long timeout_ms = 5000; // clients of STS wait ten seconds or less
constexpr std::size_t most_bytes = 1 << 20;

failure bad(errc code, std::string message) {
  failure out;
  out.code = code;
  out.step = "fetch keys of the issuer";
  out.message = std::move(message);
  return out;
}

std::size_t collect(char* data, std::size_t size, std::size_t count, void* into) {
  auto& text = *static_cast<std::string*>(into);
  if (text.size() + size * count > most_bytes)
    return 0; // makes curl give up
  text.append(data, size * count);
  return size * count;
}

int watch_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
}

struct global_curl {
  global_curl() { curl_global_init(CURL_GLOBAL_DEFAULT); }
};

result<std::string> get(const std::string& url, const std::string& ca_pem,
                        const std::atomic<bool>& stop) {
  static const global_curl once;
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(),
                                                                 curl_easy_cleanup};
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, watch_stop);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &stop);
  curl_blob roots{const_cast<char*>(ca_pem.data()), ca_pem.size(), CURL_BLOB_NOCOPY};
  if (!ca_pem.empty())
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO_BLOB, &roots);
  if (const auto answer = curl_easy_perform(curl.get()); answer != CURLE_OK)
    return bad(errc::connect_failed, url + ": " + curl_easy_strerror(answer));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200)
    return bad(errc::http_status, url + ": status " + std::to_string(status));
  return body;
}

} // namespace

result<key_set> fetch_keys(const key_request& wish, const std::atomic<bool>& stop) {
  const auto document = get(wish.discovery_url, wish.ca_pem, stop);
  if (!document)
    return document.error();
  boost::system::error_code error;
  const auto value = boost::json::parse(*document, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* issuer = object ? object->if_contains("issuer") : nullptr;
  const auto* keys = object ? object->if_contains("jwks_uri") : nullptr;
  if (!issuer || !issuer->is_string() || !keys || !keys->is_string())
    return bad(errc::malformed_answer, wish.discovery_url + ": not a discovery document");
  if (issuer->as_string() != wish.issuer)
    return bad(errc::malformed_answer, wish.discovery_url + ": is about another issuer");
  const auto list = get(keys->as_string().c_str(), wish.ca_pem, stop);
  if (!list)
    return list.error();
  return key_set::parse(*list);
}

} // namespace acr::cloudsim
