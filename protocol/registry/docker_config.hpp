/// The document in a Secret of type kubernetes.io/dockerconfigjson, as every kubelet can read it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/secret_string.hpp"

namespace acr::registry {

/// The credential of one registry host.
struct auth_entry {
  std::string
      host; ///< "registry.cn-hangzhou.aliyuncs.com", lower case, `:port` where images have it.
  /// User and password both empty: a withdrawn entry. The host stays in the document, so that the
  /// kubelet starts images that are already on the node, and pulls public ones anonymously.
  std::string user;
  secret_string password;
  std::string email; ///< Not written if empty.

  bool blank() const noexcept { return user.empty() && password.empty(); }
  friend bool operator==(const auth_entry&, const auth_entry&) = default;
};

/// A blank entry for `host`.
auth_entry blank_entry(std::string host);

/// Renders the document; the same entries give the same bytes, in any order. Of two entries with
/// one host the first counts. Hosts that are not `valid_host` are left out: one bad document stops
/// every pull of a namespace.
secret_string render_docker_config(const std::vector<auth_entry>& entries);

/// Reads a document back, hosts in byte order; `auth` takes precedence over `username` and
/// `password`, as for the kubelet. Errors: `malformed_answer` (no secret in the text).
result<std::vector<auth_entry>> parse_docker_config(const secret_string& document);

} // namespace acr::registry
