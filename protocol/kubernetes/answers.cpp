// The second half of decode.hpp: what an answer to a request means.
#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/json/array.hpp>

#include "protocol/base64.hpp"
#include "protocol/json.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/status.hpp"

namespace acr::kubernetes {

namespace json = boost::json;

namespace {

// A server's message goes to logs and events: enough to act on.
constexpr std::size_t max_message = 500;
// A longer request to wait is not believed: the server may recover long before.
constexpr std::int64_t max_retry_after_s = 600;

std::string shortened(std::string text) {
  if (text.size() <= max_message)
    return text;
  auto end = max_message;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end; // not inside a UTF-8 sequence
  text.resize(end);
  return text + "...";
}

bool has_cause(const json::object* details, std::string_view reason) {
  const auto* causes = details != nullptr ? details->if_contains("causes") : nullptr;
  if (causes == nullptr || !causes->is_array())
    return false;
  const auto& list = causes->get_array();
  return std::any_of(list.begin(), list.end(), [reason](const json::value& cause) {
    return string_at(cause.if_object(), "reason") == reason;
  });
}

bool has_causes(const json::object* details) {
  const auto* causes = details != nullptr ? details->if_contains("causes") : nullptr;
  return causes != nullptr && causes->is_array() && !causes->get_array().empty();
}

errc code_for(int status, const json::object* details, unprocessable meaning) {
  // A version from before a restored backup: it will never be reached, list again.
  if (has_cause(details, "ResourceVersionTooLarge"))
    return errc::gone;
  switch (status) {
  case 400:
    return errc::parameter_bad;
  case 401:
    return errc::credentials_bad;
  case 403:
    return has_cause(details, "NamespaceTerminating") ? errc::terminating : errc::denied;
  case 404:
    return errc::not_found;
  case 409:
    return has_cause(details, "NamespaceTerminating") ? errc::terminating : errc::conflict;
  case 410:
    return errc::gone;
  case 422:
    // A failed `test` of a JSON Patch comes without causes; validation and admission policies send
    // theirs.
    return meaning == unprocessable::conflict && !has_causes(details) ? errc::conflict
                                                                      : errc::rejected;
  case 429:
    return errc::throttled;
  default:
    return status >= 500 ? errc::service_failed : errc::rejected;
  }
}

std::optional<std::chrono::milliseconds> seconds_from(std::int64_t seconds) {
  if (seconds <= 0)
    return std::nullopt;
  return std::chrono::seconds{std::min(seconds, max_retry_after_s)};
}

std::optional<std::chrono::milliseconds> retry_after_in(const http_response& answer) {
  const auto text = find_header(answer.headers, "Retry-After");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return seconds_from(seconds);
}

failure from_status(int code, const json::object* status, unprocessable meaning) {
  failure reason;
  reason.status = code;
  const auto* details = object_at(status, "details");
  reason.code = code_for(code, details, meaning);
  reason.service_code = shortened(string_at(status, "reason"));
  reason.message = shortened(string_at(status, "message"));
  if (details != nullptr)
    if (const auto* seconds = details->if_contains("retryAfterSeconds"))
      if (const auto* number = seconds->if_int64())
        reason.retry_after = seconds_from(*number);
  return reason;
}

failure unreadable(const std::string& step, const http_response& answer, std::string message) {
  auto reason = malformed(std::move(message));
  reason.step = step;
  reason.status = answer.status;
  return reason;
}

bool succeeded(const http_response& answer) { return answer.status >= 200 && answer.status < 300; }

/// The metadata of the object in a 2xx answer.
result<object_meta> meta_in(std::string step, const http_response& answer) {
  auto meta = decode_meta(answer.body.reveal());
  if (meta)
    return meta;
  auto reason = meta.error();
  reason.step = std::move(step);
  reason.status = answer.status;
  return reason;
}

} // namespace

failure failure_from_status(const json::object& status) {
  const auto* code = status.if_contains("code");
  const auto* number = code != nullptr ? code->if_int64() : nullptr;
  const bool plausible = number != nullptr && *number >= 300 && *number < 600;
  return from_status(plausible ? static_cast<int>(*number) : 500, &status, unprocessable::rejected);
}

failure failure_of(std::string step, const http_response& answer, unprocessable meaning) {
  const auto document = parse_json_object(answer.body.reveal());
  // Proxies and an API server that is just starting answer in plain text: then only the status
  // counts.
  const bool explained = document.has_value() && string_at(&*document, "kind") == "Status";
  auto reason = from_status(answer.status, explained ? &*document : nullptr, meaning);
  reason.step = std::move(step);
  if (const auto wait = retry_after_in(answer))
    reason.retry_after = wait;
  if (reason.message.empty())
    reason.message = "the API server answered without an explanation";
  return reason;
}

result<object> read_object(object_kind kind, std::string step, const http_response& answer) {
  if (!succeeded(answer))
    return failure_of(std::move(step), answer);
  auto value = decode_object(kind, answer.body.reveal());
  if (value)
    return value;
  auto reason = value.error();
  reason.step = std::move(step);
  reason.status = answer.status;
  return reason;
}

result<object_meta> read_patched(std::string step, const http_response& answer) {
  if (!succeeded(answer))
    return failure_of(std::move(step), answer, unprocessable::conflict);
  return meta_in(std::move(step), answer);
}

result<service_account> read_patched_account(std::string step, const http_response& answer) {
  if (!succeeded(answer))
    return failure_of(std::move(step), answer, unprocessable::conflict);
  auto value = read_object(object_kind::service_account, std::move(step), answer);
  if (!value)
    return value.error();
  return std::get<service_account>(std::move(*value));
}

result<object_meta> read_applied(std::string step, const http_response& answer) {
  if (succeeded(answer))
    return meta_in(std::move(step), answer);
  auto reason = failure_of(std::move(step), answer, unprocessable::rejected);
  // Decoders quote what they could not read; validation (422) redacts the values of a Secret.
  if (answer.status == 400 || answer.status == 415 || answer.status >= 500)
    reason.message = "the API server failed, or could not read the document";
  return reason;
}

std::optional<failure> read_deleted(std::string step, const http_response& answer) {
  if (succeeded(answer) || answer.status == 404)
    return std::nullopt;
  return failure_of(std::move(step), answer);
}

result<account_token> read_token(std::string step, const http_response& answer) {
  if (!succeeded(answer))
    return failure_of(std::move(step), answer);
  const auto document = parse_json_object(answer.body.reveal());
  if (!document)
    return unreadable(step, answer, document.error().message);
  const auto* status = object_at(&*document, "status");
  account_token value;
  value.token = secret_string{string_at(status, "token")};
  const auto expiry = parse_rfc3339(string_at(status, "expirationTimestamp"));
  if (value.token.empty() || !expiry)
    return unreadable(step, answer, "no token, or no time of its expiry");
  value.expires_at = *expiry;
  return value;
}

result<std::map<std::string, secret_string>> read_secret_data(std::string step,
                                                              const http_response& answer) {
  if (!succeeded(answer))
    return failure_of(std::move(step), answer);
  const auto document = parse_json_object(answer.body.reveal());
  if (!document)
    return unreadable(step, answer, document.error().message);
  std::map<std::string, secret_string> values;
  const auto* data = object_at(&*document, "data");
  if (data == nullptr)
    return values; // a Secret may be empty
  for (const auto& item : *data) {
    const std::string key{item.key()};
    auto value = decode_base64(string_at(data, key));
    if (!value)
      return unreadable(step, answer, "data." + key + " is not base64");
    values.emplace(key, secret_string{std::move(*value)});
  }
  return values;
}

} // namespace acr::kubernetes
