/// Identity: an AccessKey that is kept in a Secret of the cluster.
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
  /// Found by the default order, not asked for: without permission to read it the answer is
  /// `unavailable`.
  bool optional = false;
  http_gateway api; ///< The Kubernetes session.
  logger log;
};

/// The AccessKey in the data of a Secret: keys `access-key-id` and `access-key-secret`, with
/// `security-token` if it is of a session. Line ends around them are dropped: `kubectl create
/// --from-file` leaves them. Errors: `config_bad`, naming the key that is missing or empty.
result<aliyun::credentials> key_of(const kubernetes::object_ref& secret,
                                   const std::map<std::string, secret_string>& data);

/// Flow: one GET of the Secret by name, kept for a minute, or until the cloud refuses the key: a
/// rotated key is in use at the next renewal. Guarantees: all who ask during a read share it.
/// Errors: `unavailable` if there is no such Secret; `denied` if it may not be read; `config_bad`.
identity_source spawn_secret_key(caf::actor_system& system, secret_key_deps deps);

} // namespace acr
