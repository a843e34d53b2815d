/// The API of Container Registry: credentials and domains of Enterprise (2018-12-01) and Personal
/// edition (2016-06-07).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "protocol/aliyun/operation.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret_string.hpp"
#include "protocol/time.hpp"

namespace acr::aliyun {

/// A temporary user and password for docker login.
struct registry_token {
  std::string user;
  secret_string password; ///< Opaque; contains `:` and may be several KiB long.
  wall_time expires_at;
};

/// A host name of an Enterprise instance.
struct endpoint_domain {
  std::string host;    ///< Lower case.
  std::string network; ///< "internet", "vpc"
  bool custom = false; ///< The user's own domain, not the system's.

  friend bool operator==(const endpoint_domain&, const endpoint_domain&) = default;
};

/// GetAuthorizationToken of an Enterprise instance.
operation get_authorization_token(const std::string& instance_id);

/// ListInstanceEndpoint of an Enterprise instance, for images (not charts).
operation list_instance_endpoint(const std::string& instance_id);

/// GetAuthorizationToken of Personal edition: `GET /tokens`.
operation get_personal_token();

// Readers. Errors: `malformed_answer`, naming the field, never its content.

/// A password that has expired at `now` is malformed, too.
result<registry_token> read_authorization_token(const secret_string& body, wall_time now);
result<registry_token> read_personal_token(const secret_string& body, wall_time now);

/// An instance has a handful. Each is asked for a login, and takes room in every Secret: an
/// instance with thousands would leave none to the others.
inline constexpr std::size_t most_instance_domains = 256;
/// The domains of enabled endpoints, in the service's order, without duplicates. May be empty. More
/// than `most_instance_domains` are malformed.
result<std::vector<endpoint_domain>> read_instance_endpoints(const secret_string& body);

} // namespace acr::aliyun
