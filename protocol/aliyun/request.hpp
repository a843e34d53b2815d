/// Turns an operation into the HTTP request on the wire: addressed, stamped and signed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/aliyun/credentials.hpp"
#include "protocol/aliyun/operation.hpp"
#include "protocol/http.hpp"
#include "protocol/time.hpp"

namespace acr::aliyun {

/// Which generation of signatures is used. V1 means RPC v1 or ROA v1, by the style of the API.
enum class signature_version : std::uint8_t { v3, v1 };

/// Where and when a request is sent.
struct request_context {
  std::string base_url; ///< `https://cr.cn-hangzhou.aliyuncs.com`, `http://127.0.0.1:8080`.
  wall_time now;        ///< By the service's clock; it refuses more than 15 minutes of error.
  std::string nonce;    ///< Never used before: 32 hexadecimal digits.
  signature_version version = signature_version::v3;
};

/// `sts AssumeRole`: how failures and logs name a call.
std::string step_name(const operation& what);

/// The request, identical in all signed parts to what the vendor's SDKs send. Without a signer it
/// is sent unsigned, the common parameters in the query (AssumeRoleWithOIDC). The `Host` header is
/// set explicitly: what is sent is what was signed.
http_request make_request(const operation& what, const std::optional<credentials>& signer,
                          const request_context& context);

} // namespace acr::aliyun
