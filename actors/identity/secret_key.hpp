/// Identity: an AccessKey from a Secret of the cluster.
#pragma once

#include <map>
#include <string>

#include <caf/fwd.hpp>

#include "protocol/aliyun/credentials.hpp"
#include "protocol/failure.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/messages/identity.hpp"
#include "protocol/secret_string.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

/// The Secret of registered clusters, as Container Service documents it.
inline const kubernetes::object_ref addon_secret{"kube-system", "alibaba-addon-secret"};

struct secret_key_deps {
  kubernetes::object_ref secret;
  /// Part of the default order, not configured: without permission to read it the answer is
  /// `unavailable`.
  bool optional = false;
  http_gateway api; ///< The Kubernetes session.
  logger log;
};

/// The AccessKey in the data of a Secret: keys `access-key-id` and `access-key-secret`, with
/// `security-token` if it is temporary. Surrounding line ends are dropped: `kubectl create
/// --from-file` leaves them. Errors: `config_bad`, naming the key that is missing or empty.
result<aliyun::credentials> key_of(const kubernetes::object_ref& secret,
                                   const std::map<std::string, secret_string>& data);

/// Flow: one GET of the Secret by name, cached for a minute, or until the cloud refuses the key: a
/// rotated key is in use at the next renewal. Guarantees: all callers during a read share it.
/// Errors: `unavailable` if there is no such Secret; `denied` if reading it is forbidden;
/// `config_bad`.
identity_source spawn_secret_key(caf::actor_system& system, secret_key_deps deps);

} // namespace acr
