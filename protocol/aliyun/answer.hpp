/// Reads a service's answer: the text of a success, or the failure in the service's words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/aliyun/operation.hpp"
#include "protocol/failure.hpp"
#include "protocol/http.hpp"

namespace acr::aliyun {

/// The longest answer that is accepted, in bytes: real ones have a few KiB.
inline constexpr std::size_t max_answer_size = std::size_t{1} << 20;

/// The JSON text of a success: an object, status 2xx, and not `IsSuccess: false`; otherwise a
/// failure with step, code, message, request id and how long to wait. The message is one short line
/// without anything that was sent: services quote the string to sign, which contains the token.
/// Errors: those of `error_code`, `malformed_answer`, `http_status`, `response_too_big`.
result<secret_string> read_answer(const operation& what, const http_response& answer);

/// The meaning of a service's code, for all products. The HTTP status decides only about unknown
/// codes: products give the same code different statuses.
errc error_code(std::string_view service_code, int status);

/// A service's message as one printable line.
std::string presentable(std::string_view message);

} // namespace acr::aliyun
