#include "protocol/aliyun/metadata.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "protocol/aliyun/answer.hpp"
#include "protocol/aliyun/arn.hpp"
#include "protocol/aliyun/fields.hpp"
#include "protocol/json.hpp"
#include "protocol/text.hpp"

namespace acr::aliyun {

namespace {

constexpr std::size_t max_token = 4096; // real ones have less than 100 bytes
constexpr std::size_t max_role_name = 64;

failure refusal(errc code, std::string step, int status, std::string message) {
  auto reason = make_failure(code, std::move(step), std::move(message));
  reason.status = status;
  return reason;
}

// The text becomes a header: no control characters.
bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool role_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

bool refuses(int status) { return status == 401 || status == 403; }

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
  const auto token = trim_ascii(answer.body.reveal());
  if (token.empty() || token.size() > max_token || !printable(token))
    return refusal(errc::malformed_answer, step, answer.status, "this is not a token");
  return secret_string{token};
}

metadata_exchange::step metadata_exchange::begin(metadata_token& token,
                                                 std::chrono::milliseconds now) {
  if (policy_.disabled)
    return fail(errc::unavailable, "the metadata service is not to be asked: "
                                   "ALIBABA_CLOUD_ECS_METADATA_DISABLED is true");
  if (policy_.without_token) {
    no_token_ = "ALIBABA_CLOUD_IMDSV2_DISABLED forbids to ask for a token";
    return ask({});
  }
  if (!token.text.empty() && now < token.renew_at)
    return ask(token.text);
  return ask_token();
}

metadata_exchange::step metadata_exchange::next(const result<http_response>& answer,
                                                metadata_token& token,
                                                std::chrono::milliseconds now) {
  if (!answer &&
      (answer.error().code == errc::connect_failed || answer.error().code == errc::dns_failed))
    return fail(errc::unavailable, "nobody answers at " + policy_.url +
                                       ": this is no ECS instance, or its firewall or a network "
                                       "policy is in the way (" +
                                       answer.error().message + ")");
  if (std::exchange(asking_token_, false))
    return token_answered(answer, token, now);
  if (answer)
    return answered(*answer, token);
  if (!no_token_.empty() && answer.error().code == errc::http_timeout)
    return fail(errc::unavailable, policy_.url + " accepts connections and answers nothing: this "
                                                 "is no metadata service");
  return fail(answer.error().code, policy_.url + " " + answer.error().message);
}

metadata_exchange::step metadata_exchange::ask_token() {
  asking_token_ = true;
  fresh_token_ = true;
  return metadata_token_request(policy_.url, metadata_token_life);
}

metadata_exchange::step metadata_exchange::ask(const secret_string& token) {
  http_request request;
  request.url = policy_.url + "/latest/meta-data/" + path_;
  with_token_ = !token.empty();
  if (with_token_)
    request.headers.push_back({"X-aliyun-ecs-metadata-token", std::string{token.reveal()}});
  return request;
}

metadata_exchange::step metadata_exchange::token_answered(const result<http_response>& answer,
                                                          metadata_token& token,
                                                          std::chrono::milliseconds now) {
  token = {};
  if (!answer) {
    no_token_ = answer.error().code == errc::http_timeout
                    ? "the answer to the request for a token does not arrive, as with a hop limit "
                      "of 1 (HttpPutResponseHopLimit)"
                    : "no token: " + answer.error().message;
  } else if (without_metadata_tokens(*answer)) {
    token_status_ = answer->status;
    no_token_ = "the request for a token was refused with status " + std::to_string(token_status_);
  } else {
    const auto given = read_metadata_token(*answer);
    if (!given)
      return outcome{given.error()};
    token = {*given, now + std::chrono::milliseconds{metadata_token_life} * 8 / 10};
    return ask(*given);
  }
  if (policy_.hardened_only)
    return fail(errc::denied, no_token_ + ", and ALIBABA_CLOUD_IMDSV1_DISABLED forbids to ask "
                                          "without one");
  return ask({});
}

metadata_exchange::step metadata_exchange::answered(const http_response& answer,
                                                    metadata_token& token) {
  if (answer.status == 200)
    return outcome{answer.body};
  if (refuses(answer.status)) {
    if (with_token_ && !std::exchange(fresh_token_, true)) {
      token = {}; // of another instance, or forgotten by the service
      return ask_token();
    }
    return refused(answer.status);
  }
  if (answer.status == 404)
    return fail(errc::not_found, "the metadata service does not know it", answer.status);
  return fail(answer.status >= 500 ? errc::service_failed : errc::http_status,
              "the metadata service failed", answer.status);
}

metadata_exchange::step metadata_exchange::refused(int status) const {
  if (with_token_)
    return fail(errc::denied, "the metadata service refuses a token that it has just given",
                status);
  if (refuses(token_status_))
    return fail(errc::unavailable,
                "the metadata service refuses everything: it is disabled for this instance "
                "(HttpEndpoint), or the requests pass through a proxy",
                status);
  return fail(errc::denied,
              "the instance requires the hardened mode (HttpTokens), and " + no_token_, status);
}

metadata_exchange::outcome metadata_exchange::fail(errc code, std::string message,
                                                   int status) const {
  return refusal(code, "metadata " + path_, status, std::move(message));
}

result<std::string> read_region(const secret_string& text) {
  const auto region = trim_ascii(text.reveal());
  if (!plausible_region(region))
    return make_failure(errc::malformed_answer, "metadata region-id",
                        "this is not a region's name");
  return std::string{region};
}

result<std::string> read_role_name(const secret_string& text) {
  const auto name = trim_ascii(text.reveal());
  if (name.empty() || name.size() > max_role_name ||
      !std::all_of(name.begin(), name.end(), role_character))
    return make_failure(errc::malformed_answer, "metadata role", "this is not a role's name");
  return std::string{name};
}

result<credentials> read_role_credentials(const secret_string& text, wall_time now) {
  constexpr auto step = "metadata credentials";
  const auto document = parse_json_object(text.reveal());
  if (!document)
    return make_failure(errc::malformed_answer, step, document.error().message);
  std::optional<failure> error;
  field_reader fields{*document, "", error};
  if (const auto code = fields.text("Code"); !error && code != "Success") {
    auto reason =
        make_failure(errc::rejected, step, "the metadata service has no credentials of the role");
    reason.service_code = presentable(code);
    return reason;
  }
  credentials session;
  session.access_key_id = fields.text("AccessKeyId");
  session.access_key_secret = fields.secret("AccessKeySecret");
  session.security_token = fields.secret("SecurityToken");
  const auto expiration = fields.text("Expiration");
  if (!error)
    session.expires_at = parse_rfc3339(expiration);
  if (!error && !session.expires_at)
    fields.refuse("Expiration", "is not a time");
  if (error) {
    error->step = step;
    return *error;
  }
  if (*session.expires_at <= now)
    return make_failure(errc::credentials_bad, step,
                        "what the metadata service gives expired at " +
                            to_rfc3339(*session.expires_at));
  return session;
}

} // namespace acr::aliyun
