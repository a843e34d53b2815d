/// The objects behind the admission webhook: the Secret with its certificates, and the
/// MutatingWebhookConfiguration through which the API server finds it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/failure.hpp"
#include "protocol/http.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/secret_string.hpp"

namespace acr::kubernetes {

/// A certificate and its key, as PEM.
struct webhook_pair {
  std::string certificate;
  secret_string key;

  friend bool operator==(const webhook_pair&, const webhook_pair&) = default;
};

/// The content of the Secret: `tls.crt`, `tls.key`, `ca.crt`; and while a successor is prepared,
/// `next.crt` and `next.key`. The installation creates it empty: so no permission to create it is
/// needed, and its type (Opaque) is fixed.
struct webhook_certificates {
  webhook_pair current;
  std::optional<webhook_pair> next;
  std::string authorities; ///< PEM, one or more: the authorities that the API server should trust.

  friend bool operator==(const webhook_certificates&, const webhook_certificates&) = default;
};

/// The Secret as it was seen.
struct webhook_secret {
  object_meta meta;
  webhook_certificates content;
};

/// The answer to `get_object`. Errors: `not_found` and the others of `failure_of`.
result<webhook_secret> read_webhook_secret(std::string step, const http_response& answer);

/// Server-side apply that turns `seen` into the new content; without `seen`, it is created. Answer:
/// `read_applied` (conflict: it has changed since).
http_request apply_webhook_secret(const object_ref& ref, const webhook_certificates& content,
                                  const std::optional<object_meta>& seen);

/// The webhooks of a MutatingWebhookConfiguration, in their order.
struct webhook_configuration {
  struct webhook {
    std::string name;
    std::string authorities; ///< `caBundle`, decoded.
  };
  std::vector<webhook> webhooks;

  bool trusts(const std::string& authorities) const;
};

http_request get_webhook_configuration(const std::string& name);
/// Errors: those of `failure_of`, `malformed_answer`.
result<webhook_configuration> read_webhook_configuration(std::string step,
                                                         const http_response& answer);

/// Sets `caBundle` of all its webhooks, if they are unchanged since seen. Answer: `read_patched`.
http_request trust_authorities(const std::string& name, const webhook_configuration& seen,
                               const std::string& authorities);

} // namespace acr::kubernetes
