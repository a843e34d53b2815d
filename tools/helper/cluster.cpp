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
  const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): never written
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

std::string name_of(const kubernetes::cluster_access& cluster, const cluster_options& options) {
  return cluster.server + (options.context.empty() ? "" : " (context " + options.context + ")");
}

struct api_client::parts {
  system_config settings;
  caf::actor_system system{settings};
  http_gateway gateway;
  http_gateway session;
};

api_client::api_client(const kubernetes::cluster_access& cluster)
    : parts_{std::make_unique<parts>()} {
  progress_.doing("asking " + cluster.server);
  http_gateway_deps carrier;
  carrier.user_agent = "acr-credential-helper/" ACR_VERSION;
  parts_->gateway = spawn_http_gateway(parts_->system, std::move(carrier));
  kubernetes::session_deps deps;
  deps.gateway = parts_->gateway;
  deps.access = cluster;
  deps.wall = system_now;
  parts_->session = kubernetes::spawn_kubernetes_session(parts_->system, std::move(deps));
}

api_client::~api_client() {
  caf::anon_send_exit(parts_->session, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(parts_->gateway, caf::exit_reason::user_shutdown);
}

result<http_response> api_client::ask(http_request request) {
  // Longer than the deadline of the call: a plugin may have to be run for the credential first.
  constexpr std::chrono::seconds longest{60};
  result<http_response> answer = make_failure(errc::actor_down, "ask the API server", "no answer");
  const caf::scoped_actor self{parts_->system};
  self->request(parts_->session, longest, http_call{std::move(request), {}})
      .receive([&](const http_reply& reply) { answer = reply.value; },
               [&](const caf::error&) {
                 answer = make_failure(errc::http_timeout, "ask the API server",
                                       "no answer within a minute");
               });
  return answer;
}

result<http_response> api_client::ask_others(http_request request) {
  http_call call{std::move(request), {}};
  call.limits.deadline = std::chrono::seconds{5};
  call.limits.max_body = std::size_t{4} << 20U;
  const auto longest = call.limits.deadline + std::chrono::seconds{5};
  result<http_response> answer = make_failure(errc::actor_down, "ask", "no answer");
  const caf::scoped_actor self{parts_->system};
  self->request(parts_->gateway, longest, std::move(call))
      .receive([&](const http_reply& reply) { answer = reply.value; }, [](const caf::error&) {});
  return answer;
}

} // namespace acr::helper
