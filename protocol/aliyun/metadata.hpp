/// The instance metadata service of ECS: the machine's region, and the credentials of its role.
#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "protocol/aliyun/credentials.hpp"
#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/secret_string.hpp"
#include "protocol/time.hpp"

namespace acr::aliyun {

/// The same address on every ECS instance: plain HTTP, never through a proxy.
inline constexpr auto default_metadata_url = "http://100.100.100.200";

/// The name of the attached role; with the name appended, that role's credentials.
inline constexpr auto metadata_role_path = "ram/security-credentials/";

/// How the service is called.
struct metadata_policy {
  std::string url = default_metadata_url; ///< Without a trailing slash.
  bool disabled = false;                  ///< Never call it (ALIBABA_CLOUD_ECS_METADATA_DISABLED).
  bool hardened_only = false; ///< Never without a token (ALIBABA_CLOUD_IMDSV1_DISABLED).
  bool without_token = false; ///< Never with one (ALIBABA_CLOUD_IMDSV2_DISABLED).
};

/// A token of the hardened mode, kept for further requests. Empty: none yet.
struct metadata_token {
  secret_string text;
  std::chrono::milliseconds renew_at{}; ///< On the clock that `metadata_exchange` is given.
};

/// The requested lifetime of a token, the longest possible; it is used for 80 % of it.
inline constexpr std::chrono::seconds metadata_token_life{21600};

/// Requests a token of the hardened mode, valid for `ttl` (1 s to 6 h).
http_request metadata_token_request(const std::string& base_url, std::chrono::seconds ttl);

/// Whether this answer to a token request means that there are no tokens here: then go on without.
bool without_metadata_tokens(const http_response& answer);

/// Errors: `http_status`, `malformed_answer`.
result<secret_string> read_metadata_token(const http_response& answer);

/// One lookup at the service: returns which request to send next, until there is an answer.
/// Requests a token if none is cached, again if the cached one is refused, and goes on without
/// where there are none, or where they do not arrive (a Pod behind a hop limit of 1).
/// Errors: `unavailable` (with status 0: no answer, as where there is no ECS, or the environment
/// disables the service; with a status: it is disabled on the instance), `not_found`, `denied` (a
/// token is required, and none can be obtained), `http_timeout`, `http_status`, `malformed_answer`.
class metadata_exchange {
public:
  using outcome = result<secret_string>; ///< The body of the answer.
  using step = std::variant<http_request, outcome>;

  metadata_exchange(metadata_policy policy, std::string path)
      : policy_{std::move(policy)}, path_{std::move(path)} {}

  /// The first step. `token` is shared by all exchanges; `now` on a monotonic clock.
  step begin(metadata_token& token, std::chrono::milliseconds now);
  /// The step after the answer to the last request.
  step next(const result<http_response>& answer, metadata_token& token,
            std::chrono::milliseconds now);

private:
  step ask_token();
  step ask(const secret_string& token);
  step token_answered(const result<http_response>& answer, metadata_token& token,
                      std::chrono::milliseconds now);
  step answered(const http_response& answer, metadata_token& token);
  step refused(int status) const;
  outcome fail(errc code, std::string message, int status = 0) const;

  metadata_policy policy_;
  std::string path_;
  bool asking_token_ = false;
  bool fresh_token_ = false; ///< It was asked for by this exchange.
  bool with_token_ = false;
  std::string no_token_; ///< Why there is none.
  int token_status_ = 0; ///< Status of the answer to the token request; 0: none.
};

/// Errors: `malformed_answer` (not a region's name).
result<std::string> read_region(const secret_string& text);

/// The name of the attached role. Errors: `malformed_answer`.
result<std::string> read_role_name(const secret_string& text);

/// The role's credentials. Errors: `rejected` (the service's `Code` is not Success),
/// `credentials_bad` (expired at `now`), `malformed_answer`, naming the field.
result<credentials> read_role_credentials(const secret_string& text, wall_time now);

} // namespace acr::aliyun
