/// Whether a registry accepts a user and password: the requests, and what the answers mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/secret_string.hpp"

namespace acr::registry {

enum class login_verdict : std::uint8_t {
  accepted,
  refused,   ///< The only answer that means a wrong password.
  undecided, ///< No answer, or not from a registry: the password is undecided.
};

/// `accepted` and so on; in logs and metrics.
const char* to_string(login_verdict verdict) noexcept;

/// Result of a login check at one domain.
struct login_outcome {
  std::string domain;
  login_verdict verdict = login_verdict::undecided;
  std::optional<failure> reason; ///< With `cause` and `remedy`; nothing if accepted.

  friend bool operator==(const login_outcome&, const login_outcome&) = default;
};

/// What a registry requires of a client without a token (`WWW-Authenticate`).
struct login_challenge {
  bool basic = false;  ///< User and password go to the registry itself.
  std::string realm;   ///< Otherwise to this URL: the token endpoint.
  std::string service; ///< The registry's name at the token endpoint.

  friend bool operator==(const login_challenge&, const login_challenge&) = default;
};

/// Whether the name stands for one registry: no `*` in it.
bool can_be_asked(const std::string& domain);

/// The first request, without a password: `GET /v2/`. Over https; an address of 127.0.0.0/8 over
/// http, as docker and containerd do.
http_request ping(const std::string& domain);

/// What the answer to `ping` requires. Errors: `malformed_answer` if it is not a registry's, or if
/// a password must not be sent to the token endpoint (no https).
result<login_challenge> read_challenge(const http_response& answer, const std::string& domain);

/// The second request, with user and password: for a token of `scope`, "repository:NAME:pull", or
/// of no repository at all (https://distribution.github.io/distribution/spec/auth/token/).
http_request login(const login_challenge& to, const std::string& domain, const std::string& user,
                   const secret_string& password, const std::string& scope = {});

/// The verdict of the answer to `login`: 200 accepts, 401 refuses, anything else is undecided.
login_outcome read_login(const http_response& answer, const std::string& domain);

/// The refusal of a domain that accepted the previous password, if there is one: then the new one
/// is worse. A domain that accepted neither proves nothing.
std::optional<failure> lost_login(const std::vector<login_outcome>& before,
                                  const std::vector<login_outcome>& after);

/// The outcome of a check without an answer, explained.
login_outcome not_tried(failure reason, const std::string& domain);

} // namespace acr::registry
