/// The AdmissionKeeper: keeps the webhook's answers and certificates current.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/admission/admission_desk.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/messages/admission.hpp"
#include "protocol/messages/http.hpp"
#include "protocol/time.hpp"
#include "runtime/observability/log.hpp"

namespace acr {

struct admission_keeper_deps {
  http_gateway api; ///< The Kubernetes session.
  std::shared_ptr<admission_desk> desk;
  /// Gives the server its certificate. Errors: the certificate cannot be used.
  std::function<std::optional<failure>(const server_identity&)> serve_as;
  kubernetes::object_ref secret; ///< Where the certificates are kept.
  std::string configuration;     ///< Name of the MutatingWebhookConfiguration.
  /// DNS names by which the API server reaches us; none: the certificates are managed elsewhere.
  std::vector<std::string> names;
  std::chrono::milliseconds life{0}; ///< Of a certificate.
  bool elected = false;              ///< Replicas elect a leader; otherwise this one leads.
  wall_clock wall;
  logger log;
};

/// Flow: a configuration and discovered domains -> what the server answers with; the contents of
/// the Secret and the MutatingWebhookConfiguration -> `certificate_plan` -> reads and writes, one
/// at a time, and the server's certificate. Guarantees: only a leader writes, only these two
/// objects, and each only if it is unchanged since it was read; failures are retried with backoff.
/// The leader reads both every five minutes, since it may not watch them, and when a client refuses
/// the certificate; the others when a renewal is due. Errors: none to the outside; without a
/// certificate no request is answered, and the API server admits Pods unchanged.
admission_keeper spawn_admission_keeper(caf::actor_system& system, admission_keeper_deps deps);

} // namespace acr
