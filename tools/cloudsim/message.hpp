/// What the simulated cloud receives and answers, as plain values: no socket, no clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "protocol/http.hpp"
#include "protocol/time.hpp"

namespace acr::cloudsim {

/// One HTTP request as it came in.
struct request {
  std::string method = "GET";
  std::string target = "/";         ///< Path and query, still percent-encoded.
  std::vector<http_header> headers; ///< As on the wire, Host among them.
  std::string body;
  wall_time now{};           ///< When it arrived.
  bool secure = false;       ///< It came over TLS.
  std::string source;        ///< The address of the caller, for the call log.
  bool keys_fetched = false; ///< Asked again after `outcome::keys`: do not ask for keys once more.
};

/// What becomes of an answer on its way.
enum class fate {
  deliver,  ///< It arrives.
  silence,  ///< Nothing arrives, the connection stays open.
  truncate, ///< Headers and half of the body arrive, then the connection ends.
  reset,    ///< The connection is reset in place of an answer.
};

struct response {
  int status = 200;
  std::vector<http_header> headers;
  std::string body;
  std::chrono::milliseconds delay{0}; ///< To wait before it is sent.
  fate how = fate::deliver;
};

/// Asks the owner of the cloud to fetch the keys of an OIDC issuer.
struct key_request {
  std::string issuer;        ///< As registered; give it back with the keys.
  std::string discovery_url; ///< `<base>/.well-known/openid-configuration`
  std::string ca_pem;        ///< Trusted roots; empty: those of the system.
};

/// The answer, or what must be fetched before there can be one. In the second case nothing was
/// counted or changed: fetch, hand over with `cloud::put_keys`, ask again with `keys_fetched`.
struct outcome {
  response answer;
  std::optional<key_request> keys;
};

} // namespace acr::cloudsim
