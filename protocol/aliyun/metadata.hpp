/// The instance metadata service of ECS: where this machine is.
#pragma once

#include <chrono>
#include <string>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/secret_string.hpp"

namespace acr::aliyun {

/// Where every ECS instance finds it: plain HTTP, never through a proxy.
inline constexpr auto default_metadata_url = "http://100.100.100.200";

/// Asks for a token of the hardened mode, valid for `ttl` (1 s to 6 h).
http_request metadata_token_request(const std::string& base_url, std::chrono::seconds ttl);

/// Whether this answer to a token request says that there are no tokens here: then ask without.
bool without_metadata_tokens(const http_response& answer);

/// Errors: `http_status`, `malformed_answer`.
result<secret_string> read_metadata_token(const http_response& answer);

/// Asks for the region; without a token in normal mode.
http_request metadata_region_request(const std::string& base_url, const secret_string& token);

/// Errors: `not_found` (no such service here), `denied` (a token is required), `http_status`,
/// `malformed_answer` (not a region's name).
result<std::string> read_region(const http_response& answer);

} // namespace acr::aliyun
