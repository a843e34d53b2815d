#include "protocol/aliyun/metadata.hpp"

#include <algorithm>
#include <string_view>

#include "protocol/aliyun/arn.hpp"

namespace acr::aliyun {

namespace {

constexpr std::size_t max_token = 4096; // real ones have less than 100 bytes

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  return first == std::string_view::npos
             ? std::string_view{}
             : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

failure refusal(errc code, const char* step, int status, std::string message) {
  failure reason;
  reason.code = code;
  reason.step = step;
  reason.message = std::move(message);
  reason.status = status;
  return reason;
}

// It becomes a header: no control characters.
bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

} // namespace

http_request metadata_token_request(const std::string& base_url, std::chrono::seconds ttl) {
  http_request request;
  request.method = "PUT";
  request.url = base_url + "/latest/api/token";
  request.headers.push_back(
      {"X-aliyun-ecs-metadata-token-ttl-seconds", std::to_string(ttl.count())});
  return request;
}

bool without_metadata_tokens(const http_response& answer) {
  return answer.status == 403 || answer.status == 404 || answer.status == 405;
}

result<secret_string> read_metadata_token(const http_response& answer) {
  constexpr auto step = "metadata token";
  if (answer.status != 200)
    return refusal(errc::http_status, step, answer.status, "the metadata service gives no token");
  const auto token = trim(answer.body.reveal());
  if (token.empty() || token.size() > max_token || !printable(token))
    return refusal(errc::malformed_answer, step, answer.status, "this is not a token");
  return secret_string{token};
}

http_request metadata_region_request(const std::string& base_url, const secret_string& token) {
  http_request request;
  request.url = base_url + "/latest/meta-data/region-id";
  if (!token.empty())
    request.headers.push_back({"X-aliyun-ecs-metadata-token", std::string{token.reveal()}});
  return request;
}

result<std::string> read_region(const http_response& answer) {
  constexpr auto step = "metadata region-id";
  if (answer.status == 404)
    return refusal(errc::not_found, step, answer.status, "the metadata service knows no region");
  if (answer.status == 401 || answer.status == 403)
    return refusal(errc::denied, step, answer.status, "the metadata service refuses to answer");
  if (answer.status != 200)
    return refusal(errc::http_status, step, answer.status, "the metadata service failed");
  const auto region = trim(answer.body.reveal());
  if (!plausible_region(region))
    return refusal(errc::malformed_answer, step, answer.status, "this is not a region's name");
  return std::string{region};
}

} // namespace acr::aliyun
