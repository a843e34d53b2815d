#include "protocol/aliyun/answer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/value.hpp>

#include "protocol/aliyun/request.hpp"
#include "protocol/json.hpp"
#include "protocol/text.hpp"
#include "protocol/time.hpp"

namespace acr::aliyun {

namespace json = boost::json;

namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_message = 240;
constexpr std::size_t max_word = 64;      // a request id has 36, a role name 64 characters
constexpr std::size_t max_arn_word = 200; // ARNs are names, not secrets
constexpr std::size_t max_diagnostic = 4096;
constexpr milliseconds max_wait = std::chrono::hours{1};

struct meaning {
  std::string_view code; ///< A trailing `*` matches any rest. The first match counts.
  errc what;
};

// SignatureNonceUsed is like a bad time stamp: the same request signed again succeeds.
constexpr std::array meanings{
    meaning{"Throttling*", errc::throttled},
    meaning{"InvalidTimeStamp*", errc::clock_skew},
    meaning{"SignatureNonceUsed", errc::clock_skew},
    meaning{"AuthenticationFail.NoPermission", errc::denied},
    meaning{"AuthenticationFail*", errc::credentials_bad},
    meaning{"InvalidSecurityToken*", errc::credentials_bad},
    meaning{"InvalidAccessKeyId*", errc::credentials_bad},
    meaning{"MissingSecurityToken", errc::credentials_bad},
    meaning{"SignatureDoesNotMatch", errc::credentials_bad},
    meaning{"IncompleteSignature", errc::credentials_bad},
    meaning{"NoPermission*", errc::denied},
    meaning{"NoPrivilege*", errc::denied},
    meaning{"Forbidden*", errc::denied},
    meaning{"EntityNotExist*", errc::not_found},
    meaning{"INSTANCE_NOT_EXIST", errc::not_found},
    meaning{"USER_NOT_EXIST", errc::not_found},
    meaning{"InternalError*", errc::service_failed},
    meaning{"SystemError*", errc::service_failed},
    meaning{"ServiceUnavailable*", errc::service_failed},
    meaning{"InvalidParameter*", errc::parameter_bad},
    meaning{"MissingParameter*", errc::parameter_bad},
    meaning{"Missing*", errc::parameter_bad},
    meaning{"InvalidAction*", errc::parameter_bad},
    meaning{"InvalidVersion*", errc::parameter_bad},
};

bool fits(std::string_view code, std::string_view pattern) {
  return pattern.ends_with('*') ? code.starts_with(pattern.substr(0, pattern.size() - 1))
                                : code == pattern;
}

errc by_status(int status) {
  if (status == 429)
    return errc::throttled;
  if (status >= 500)
    return errc::service_failed;
  if (status == 401)
    return errc::credentials_bad;
  if (status == 403)
    return errc::denied;
  if (status == 404)
    return errc::not_found;
  return errc::rejected;
}

// RPC products capitalise keys, ROA products do not; gateways do either.
std::string_view text_at(const json::object& from, std::string_view upper, std::string_view lower) {
  for (const auto key : {upper, lower})
    if (const auto* found = from.if_contains(key))
      if (const auto* text = found->if_string())
        return *text;
  return {};
}

bool told_as_failure(const json::object& body) {
  const auto* flag = body.if_contains("IsSuccess");
  if (flag == nullptr) // then a known error code decides; "success" is not one
    return error_code(text_at(body, "Code", "code"), 200) != errc::rejected;
  if (const auto* truth = flag->if_bool())
    return !*truth;
  const auto* text = flag->if_string();
  return text == nullptr || *text != "true";
}

// Ids and codes are untrusted input, too: keep their usual characters and those of `also`.
std::string token(std::string_view text, std::string_view also = {},
                  std::size_t longest = max_word) {
  std::string result;
  for (const char c : text.substr(0, longest)) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-' || also.find(c) != std::string_view::npos;
    if (good)
      result += c;
  }
  return result;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (status != std::errc{} || stop != end || value < 0)
    return std::nullopt;
  return value;
}

// `Limit:1,Remain:0,TimeLeft:2000,Reset:1234`; the time is in milliseconds.
std::optional<milliseconds> time_left(std::string_view header) {
  constexpr std::string_view name = "TimeLeft:";
  const auto at = header.find(name);
  if (at == std::string_view::npos)
    return std::nullopt;
  const auto rest = header.substr(at + name.size());
  const auto value = number(rest.substr(0, rest.find(',')));
  return value ? std::optional{milliseconds{*value}} : std::nullopt;
}

// Seconds, or a date, which is taken relative to the answer's own Date.
std::optional<milliseconds> retry_after_header(const std::vector<http_header>& headers) {
  const auto text = find_header(headers, "retry-after");
  if (const auto seconds = number(text)) // capped before it is multiplied
    return std::chrono::seconds{std::min<std::int64_t>(*seconds, 86400)};
  const auto until = parse_http_date(text);
  const auto now = parse_http_date(find_header(headers, "date"));
  if (until && now && *until > *now)
    return *until - *now;
  return std::nullopt;
}

std::optional<milliseconds> wait_of(const std::vector<http_header>& headers) {
  std::optional<milliseconds> longest;
  for (const auto* name : {"x-ratelimit-user-api", "x-ratelimit-user"})
    if (const auto left = time_left(find_header(headers, name)))
      longest = std::max(longest.value_or(milliseconds{}), *left);
  if (!longest)
    longest = retry_after_header(headers);
  return longest ? std::optional{std::min(*longest, max_wait)} : std::nullopt;
}

const json::object* denial_in(const json::object& body) {
  for (const auto* key : {"AccessDeniedDetail", "accessDeniedDetail"})
    if (const auto* found = body.if_contains(key))
      if (const auto* detail = found->if_object())
        return detail;
  return nullptr;
}

// Distinguishes a missing permission of the caller from a trust policy that does not name it.
std::string denial_detail(const json::object& detail) {
  std::string text;
  for (const auto* name : {"PolicyType", "NoPermissionType", "AuthAction"})
    if (const auto value = token(text_at(detail, name, name), ":"); !value.empty())
      text += (text.empty() ? "" : ", ") + value;
  return text.empty() ? text : " (" + text + ")";
}

// For a role the display name is `name:session`.
std::string principal_in(const json::object& detail) {
  const auto shown =
      token(string_at(&detail, "AuthPrincipalDisplayName"), ":@+=,", 2 * max_word + 1);
  const auto type = string_at(&detail, "AuthPrincipalType");
  const auto account = token(string_at(&detail, "AuthPrincipalOwnerId"));
  if (shown.empty() || shown == account)
    return account.empty() ? std::string{} : std::string{"the account "}.append(account);
  std::string text;
  if (type == "AssumedRoleUser") {
    const auto colon = shown.find(':');
    text.append("the role ").append(shown.substr(0, colon));
    if (colon != std::string::npos)
      text.append(" (session ").append(shown.substr(colon + 1)).append(")");
  } else {
    text.append(type == "SubUser" ? "the RAM user " : "").append(shown);
  }
  if (!account.empty())
    text.append(" of the account ").append(account);
  return text;
}

// Base64, or nothing: a part of it cannot be decoded.
std::string diagnostic_in(const json::object& detail) {
  auto text = string_at(&detail, "EncodedDiagnosticMessage");
  const bool whole =
      text.size() <= max_diagnostic && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '+' || c == '/' || c == '=' || c == '-' || c == '_';
      });
  return whole ? text : std::string{};
}

failure base_failure(const operation& what, const http_response& answer) {
  failure reason;
  reason.step = step_name(what);
  reason.status = answer.status;
  reason.request_id = token(find_header(answer.headers, "x-acs-request-id"));
  return reason;
}

failure unexplained(failure reason, const http_response& answer, std::string_view why) {
  reason.code = answer.status >= 200 && answer.status < 300 ? errc::malformed_answer
                : answer.status == 429                      ? errc::throttled
                : answer.status >= 500                      ? errc::service_failed
                                                            : errc::http_status;
  const auto type = find_header(answer.headers, "content-type");
  const bool page = type.find("html") != std::string_view::npos ||
                    answer.body.reveal().substr(0, 200).find("<html") != std::string_view::npos;
  reason.message = answer.body.empty() ? "an answer without a body"
                   : page              ? "an HTML page in place of an answer (a proxy or gateway?)"
                                       : std::string{why};
  reason.retry_after = wait_of(answer.headers);
  return reason;
}

failure explained(failure reason, const json::object& body, const http_response& answer) {
  reason.service_code = token(text_at(body, "Code", "code"));
  reason.code = error_code(reason.service_code, answer.status);
  auto message = text_at(body, "Message", "message");
  if (reason.service_code == "SignatureDoesNotMatch") // the rest quotes what was signed
    message = message.substr(0, message.find('.'));
  reason.message = presentable(message);
  if (const auto* detail = denial_in(body)) {
    reason.message += denial_detail(*detail);
    reason.principal = principal_in(*detail);
    reason.diagnostic = diagnostic_in(*detail);
  }
  if (const auto id = token(text_at(body, "RequestId", "requestId")); !id.empty())
    reason.request_id = id;
  if (reason.code == errc::throttled || reason.code == errc::service_failed)
    reason.retry_after = wait_of(answer.headers);
  return reason;
}

} // namespace

errc error_code(std::string_view service_code, int status) {
  const auto* const found =
      std::find_if(meanings.begin(), meanings.end(),
                   [service_code](const meaning& entry) { return fits(service_code, entry.code); });
  return found != meanings.end() ? found->what : by_status(status);
}

std::string presentable(std::string_view message) {
  // "... server string to sign is:GET&%2F&...SecurityToken..."
  message = message.substr(0, message.find("string to sign"));
  const auto line = one_line(std::string{message});
  message = line;
  std::string text;
  while (!message.empty() && text.size() < max_message) {
    const auto* const first = std::find_if(
        message.begin(), message.end(), [](char c) { return static_cast<unsigned char>(c) > ' '; });
    message.remove_prefix(static_cast<std::size_t>(first - message.begin()));
    const auto* const last = std::find_if(message.begin(), message.end(), [](char c) {
      return static_cast<unsigned char>(c) <= ' ';
    });
    const auto word = message.substr(0, static_cast<std::size_t>(last - message.begin()));
    message.remove_prefix(word.size());
    if (word.empty())
      break;
    if (!text.empty())
      text += ' ';
    const auto limit = word.find("acs:") != std::string_view::npos ? max_arn_word : max_word;
    if (word.size() <= limit)
      text += word;
    else
      text += "...";
  }
  if (text.size() > max_message) {
    text.resize(beginning(text, max_message).size());
    text += "...";
  }
  return text;
}

result<secret_string> read_answer(const operation& what, const http_response& answer) {
  auto reason = base_failure(what, answer);
  if (answer.body.size() > max_answer_size) {
    reason.code = errc::response_too_big;
    reason.message = "an answer of " + std::to_string(answer.body.size()) + " bytes";
    return reason;
  }
  const auto body = parse_json_object(answer.body.reveal());
  if (!body)
    return unexplained(std::move(reason), answer, body.error().message);
  const bool success = answer.status >= 200 && answer.status < 300;
  if (success && !told_as_failure(*body))
    return answer.body;
  if (!success && text_at(*body, "Code", "code").empty())
    return unexplained(std::move(reason), answer, "a status without a code that explains it");
  return explained(std::move(reason), *body, answer);
}

} // namespace acr::aliyun
