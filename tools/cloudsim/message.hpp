/// Requests and answers of the simulated cloud, as plain values: no socket, no clock.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "tools/simkit/message.hpp"

namespace acr::cloudsim {

/// One HTTP request as received.
struct request : simkit::incoming {
  request() = default;
  explicit request(simkit::incoming from) : simkit::incoming{std::move(from)} {}

  bool keys_fetched = false; ///< Repeated after `outcome::keys`: do not request keys once more.
};

using simkit::fate;
using simkit::response;

/// Asks the owner of the cloud to fetch the keys of an OIDC issuer.
struct key_request {
  std::string issuer;        ///< As registered; pass it back with the keys.
  std::string discovery_url; ///< `<base>/.well-known/openid-configuration`
  std::string ca_pem;        ///< Trusted roots; empty: those of the system.
};

/// The answer, or what must be fetched before there can be one. In the second case nothing was
/// counted or changed: fetch, pass to `cloud::put_keys`, repeat the request with `keys_fetched`.
struct outcome {
  response answer;
  std::optional<key_request> keys;
};

} // namespace acr::cloudsim
