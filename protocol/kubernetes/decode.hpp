/// Reads the answers of a Kubernetes API server: objects, list pages, watch lines and failures.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/time.hpp"

namespace acr::kubernetes {

/// The kinds of objects that we read.
enum class object_kind : std::uint8_t { name_space, service_account, secret, config_map, lease };

/// "namespaces", "serviceaccounts", "secrets", "configmaps", "leases": as in a URL.
const char* plural(object_kind kind) noexcept;

/// One object. Errors: `malformed_answer`.
result<object> decode_object(object_kind kind, std::string_view text);

/// A page of a list. Errors: `malformed_answer`.
struct object_page {
  std::vector<object> items;
  std::string resource_version;          ///< Of the whole list.
  std::string continue_token;            ///< Empty: this was the last page.
  std::optional<std::int64_t> remaining; ///< remainingItemCount, if the server knows it.
};
result<object_page> decode_page(object_kind kind, std::string_view text);

enum class stream_event_kind : std::uint8_t { added, modified, removed, bookmark, error };

/// One line of a watch.
struct stream_event {
  stream_event_kind kind = stream_event_kind::bookmark;
  std::optional<object> value;     ///< Of added, modified and removed.
  std::string resource_version;    ///< Of the object or the bookmark: where to resume.
  bool initial_events_end = false; ///< A bookmark that ends a streaming list.
  failure reason;                  ///< Of `error`: what the server's Status says.
};
/// Reads one line without its end. Errors: `malformed_answer`; an unknown event type is one, too.
result<stream_event> decode_event(object_kind kind, std::string_view line);

/// The meaning of 422: servers use it for a JSON Patch whose `test` failed (reason Invalid, always
/// the same message), and also for a change that they will never accept (another `type` of a
/// Secret).
enum class unprocessable : std::uint8_t { rejected, conflict };

/// The failure in an answer other than 2xx. `step` is what was tried ("patch service account
/// team-a/default"). By status: 400 parameter_bad, 401 credentials_bad, 403 denied (or terminating,
/// when the cause says so), 404 not_found, 409 conflict, 410 gone, 422 see above, 429 throttled,
/// 5xx service_failed, others rejected; without a Status in the body the same codes. `retry_after`
/// from the header Retry-After (seconds) or details.retryAfterSeconds.
failure failure_of(std::string step, const http_response& answer,
                   unprocessable meaning = unprocessable::rejected);

/// The object in a 2xx answer, else `failure_of`.
result<object> read_object(object_kind kind, std::string step, const http_response& answer);

/// The answer to a JSON Patch: the new resourceVersion and uid. Errors: `conflict` (409, 422: take
/// the newer object from the watch and compute again), `not_found` (the account is gone),
/// `terminating`, `denied` and the others of `failure_of`.
result<object_meta> read_patched(std::string step, const http_response& answer);

/// The answer to a JSON Patch of a ServiceAccount: the account as it is now. The same errors.
result<service_account> read_patched_account(std::string step, const http_response& answer);

/// The answer to a server-side apply or a creation. Errors: `rejected` (422: a foreign Secret of
/// that name with another type), and the others of `failure_of`. The server's message is kept only
/// where it cannot quote the document that we sent.
result<object_meta> read_applied(std::string step, const http_response& answer);

/// The answer to a deletion: nothing if the object is gone (also 404). `conflict` (409): it was
/// replaced or changed since it was seen.
std::optional<failure> read_deleted(std::string step, const http_response& answer);

/// A ServiceAccount token minted by TokenRequest.
struct account_token {
  secret_string token;
  wall_time expires_at;
};
result<account_token> read_token(std::string step, const http_response& answer);

/// The `data` of a Secret, decoded. Errors: those of `failure_of`; `malformed_answer`, naming the
/// key, never its value.
result<std::map<std::string, secret_string>> read_secret_data(std::string step,
                                                              const http_response& answer);

} // namespace acr::kubernetes
