/// Why something failed: one error type for codecs, the network and the actors.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <boost/system/result.hpp>

namespace acr {

/// What failed. Numbers are stable: append only.
enum class errc : std::uint8_t {
  none = 0,

  // The network. All are retryable.
  dns_failed = 1,       ///< The host name does not resolve.
  connect_failed = 2,   ///< Nothing listens there, or the network is down.
  tls_failed = 3,       ///< The certificate or the handshake was refused.
  http_timeout = 4,     ///< No complete answer within the deadline.
  connection_lost = 5,  ///< The connection broke before the answer was complete.
  stream_idle = 6,      ///< A stream was silent for longer than its idle timeout.
  response_too_big = 7, ///< More bytes than the caller allowed.
  cancelled = 8,        ///< The caller, or a shutdown, cancelled the request.
  bad_request = 9,      ///< The request could not even be sent (malformed URL). Not retryable.

  // The answer.
  malformed_answer = 20, ///< Violates the protocol: bad JSON, wrong type, missing field.
  http_status = 21,      ///< An HTTP status without a body that explains it.

  // The service's verdict.
  denied = 30,          ///< The identity is not allowed to (permission, trust policy).
  not_found = 31,       ///< The role, instance, object ... does not exist.
  throttled = 32,       ///< Too many requests; see `retry_after`. Retryable.
  credentials_bad = 33, ///< Key, session or OIDC token refused (expired, unknown, mismatched).
  clock_skew = 34,      ///< Our time stamp is outside of the service's window.
  parameter_bad = 35,   ///< A parameter is out of range. Not retryable until it changes.
  service_failed = 36,  ///< 5xx or InternalError. Retryable.
  conflict = 37,        ///< The object differs from what we last saw (409, 422 of a failed test).
  gone = 38,            ///< The version that we asked for is too old (410).
  terminating = 39,     ///< The namespace is being deleted.
  rejected = 40,        ///< The service refused for a reason not listed here.
  overruled = 41,       ///< Accepted, but another client changes the object back.

  // On our side.
  config_bad = 60,  ///< The configuration does not allow this.
  not_ready = 61,   ///< Something that the request needs is not known yet. Retryable.
  actor_down = 62,  ///< The called actor has died or did not answer. Retryable.
  unavailable = 63, ///< No source of identity is available.
  file_failed = 64, ///< A file could not be read.
};

/// `dns_failed` and so on; stable, used in logs.
const char* to_string(errc code) noexcept;

/// Whether an unchanged retry can help. The only place that decides.
bool retryable(errc code) noexcept;

/// One failure, with what an operator needs to act. Never holds a secret.
struct failure {
  errc code = errc::none;
  std::string step;         ///< What was tried: "sts AssumeRole", "get config map".
  std::string message;      ///< What went wrong, in the service's or in our words.
  std::string service_code; ///< The service's own code ("NoPermission"), if any.
  std::string request_id;   ///< The service's id of the request, if any.
  int status = 0;           ///< The HTTP status, 0 if there was no answer.
  std::optional<std::chrono::milliseconds> retry_after; ///< How long the service asks us to wait.
  std::string cause_id; ///< Row of the table in docs/troubleshooting.md, if one fits.
  std::string cause;    ///< Why, most likely, with the values that were sent.
  std::string remedy;   ///< What to do about it.
  /// Who lacks the permission, according to the service: "the role a (session b) of the account 1".
  std::string principal{};
  /// Why it was denied, encoded by the service for RAM's DecodeDiagnosticMessage. No secret.
  std::string diagnostic{};

  friend bool operator==(const failure&, const failure&) = default;
};

/// A failure on our side, without a service's answer.
failure make_failure(errc code, std::string step, std::string message);

/// One line: `sts AssumeRole: NoPermission (403): You are not ... (request 1234)`.
std::string to_string(const failure& value);

/// A value, or the failure instead.
template <class T>
using result = boost::system::result<T, failure>;

/// `result::value()` without a value is a programming error; this turns it into a std::logic_error.
[[noreturn]] void throw_exception_from_error(const failure& value,
                                             const boost::source_location& where);

} // namespace acr
