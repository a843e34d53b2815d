/// Whether a registry would let this user and password pull an image: the requests, and what the
/// answers mean (https://distribution.github.io/distribution/spec/).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/registry/login.hpp"
#include "protocol/secret_string.hpp"

namespace acr::registry {

/// "a.example/team/web:1" -> host "a.example", repository "team/web", reference "1".
struct image_name {
  std::string host;
  std::string repository;
  std::string reference; ///< A tag or a digest; "latest" where none is named.

  friend bool operator==(const image_name&, const image_name&) = default;
};
/// Errors: `parameter_bad` if no image can have that name.
result<image_name> parse_image(std::string_view image);

/// The scope that makes `login` a login for this image.
std::string pull_scope(const image_name& what);

/// The token in the answer to `login`, as a header of the next request. Errors, explained: those of
/// `read_login`. 403 means the access control list, unless a login without a scope succeeds: then
/// see `pull_denied`.
result<http_header> read_token(const http_response& answer, const image_name& what);

/// The user and password are valid, but not for that repository: `denied`, explained.
failure pull_denied(const image_name& what, const http_response& answer);

/// The first request of every pull: for the image's manifest.
http_request manifest(const image_name& what, std::vector<http_header> authorization);

/// Nothing: the pull would succeed. Errors, explained: `denied` (401 and 403: registries send
/// either after a login), `not_found` (some send it for what the user may not see), and others.
std::optional<failure> read_manifest(const http_response& answer, const image_name& what);

} // namespace acr::registry
