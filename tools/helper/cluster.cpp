#include "tools/helper/cluster.hpp"

#include <chrono>
#include <cstdlib>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "runtime/http/gateway.hpp"
#include "runtime/kubernetes/session.hpp"
#include "runtime/system_config.hpp"

namespace acr::helper {

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nobody writes it
  return value ? value : "";
}

result<kubernetes::cluster_access> find_cluster(const cluster_options& options) {
  if (options.kubeconfig.empty() && options.context.empty() &&
      !environment_variable("KUBERNETES_SERVICE_HOST").empty())
    return kubernetes::in_cluster();
  auto files = options.kubeconfig.empty() ? environment_variable("KUBECONFIG") : options.kubeconfig;
  if (files.empty())
    files = environment_variable("HOME") + "/.kube/config";
  return kubernetes::load_kubeconfig(files, options.context);
}

result<http_response> ask_once(const kubernetes::cluster_access& cluster, http_request request) {
  // Beyond the deadline of the call: a plugin may have to be run for the credential first.
  constexpr std::chrono::seconds longest{60};
  system_config settings;
  caf::actor_system system{settings};
  http_gateway_deps carrier;
  carrier.user_agent = "acr-credential-helper/" ACR_VERSION;
  kubernetes::session_deps deps;
  deps.gateway = spawn_http_gateway(system, std::move(carrier));
  deps.access = cluster;
  deps.wall = system_now;
  const auto gateway = deps.gateway;
  const auto session = kubernetes::spawn_kubernetes_session(system, std::move(deps));
  result<http_response> answer = make_failure(errc::actor_down, "ask the API server", "no answer");
  {
    caf::scoped_actor self{system};
    self->request(session, longest, http_call{std::move(request), {}})
        .receive([&](const http_reply& reply) { answer = reply.value; },
                 [&](const caf::error&) {
                   answer = make_failure(errc::http_timeout, "ask the API server",
                                         "no answer within a minute");
                 });
  }
  caf::anon_send_exit(session, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(gateway, caf::exit_reason::user_shutdown);
  return answer;
}

} // namespace acr::helper
