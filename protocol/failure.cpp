#include "protocol/failure.hpp"

#include <stdexcept>
#include <utility>

#include "protocol/text.hpp"

namespace acr {

const char* to_string(errc code) noexcept {
  switch (code) {
  case errc::none:
    return "none";
  case errc::dns_failed:
    return "dns_failed";
  case errc::connect_failed:
    return "connect_failed";
  case errc::tls_failed:
    return "tls_failed";
  case errc::http_timeout:
    return "http_timeout";
  case errc::connection_lost:
    return "connection_lost";
  case errc::stream_idle:
    return "stream_idle";
  case errc::response_too_big:
    return "response_too_big";
  case errc::cancelled:
    return "cancelled";
  case errc::bad_request:
    return "bad_request";
  case errc::malformed_answer:
    return "malformed_answer";
  case errc::http_status:
    return "http_status";
  case errc::denied:
    return "denied";
  case errc::not_found:
    return "not_found";
  case errc::throttled:
    return "throttled";
  case errc::credentials_bad:
    return "credentials_bad";
  case errc::clock_skew:
    return "clock_skew";
  case errc::parameter_bad:
    return "parameter_bad";
  case errc::service_failed:
    return "service_failed";
  case errc::conflict:
    return "conflict";
  case errc::gone:
    return "gone";
  case errc::terminating:
    return "terminating";
  case errc::rejected:
    return "rejected";
  case errc::overruled:
    return "overruled";
  case errc::config_bad:
    return "config_bad";
  case errc::not_ready:
    return "not_ready";
  case errc::actor_down:
    return "actor_down";
  case errc::unavailable:
    return "unavailable";
  case errc::file_failed:
    return "file_failed";
  }
  return "unknown";
}

bool retryable(errc code) noexcept {
  switch (code) {
  case errc::bad_request:
  case errc::denied:
  case errc::not_found:
  case errc::parameter_bad:
  case errc::rejected:
  case errc::overruled:
  case errc::config_bad:
  case errc::terminating:
    return false;
  default:
    return true;
  }
}

failure make_failure(errc code, std::string step, std::string message) {
  failure made;
  made.code = code;
  made.step = std::move(step);
  made.message = std::move(message);
  return made;
}

std::string to_string(const failure& value) {
  std::string text = value.step;
  auto append = [&text](const std::string& part) {
    if (part.empty())
      return;
    if (!text.empty())
      text += ": ";
    text += part;
  };
  append(value.service_code.empty() ? to_string(value.code) : value.service_code);
  if (value.status != 0)
    text += " (" + std::to_string(value.status) + ")";
  append(value.message);
  if (!value.request_id.empty())
    text += " (request " + value.request_id + ")";
  return one_line(text);
}

void throw_exception_from_error(const failure& value, const boost::source_location& /*where*/) {
  throw std::logic_error{"no value: " + to_string(value)};
}

} // namespace acr
