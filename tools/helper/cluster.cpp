#include "tools/helper/cluster.hpp"

#include <chrono>
#include <cstdlib>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "runtime/kubernetes/session.hpp"
#include "tools/helper/http_client.hpp"

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
  http_client client;
  http_gateway session;
};

api_client::api_client(const kubernetes::cluster_access& cluster)
    : parts_{std::make_unique<parts>()} {
  progress_.doing("asking " + cluster.server);
  kubernetes::session_deps deps;
  deps.gateway = parts_->client.gateway();
  deps.access = cluster;
  deps.wall = system_now;
  parts_->session = kubernetes::spawn_kubernetes_session(parts_->client.system(), std::move(deps));
}

api_client::~api_client() { caf::anon_send_exit(parts_->session, caf::exit_reason::user_shutdown); }

result<http_response> api_client::ask(http_request request) {
  // Longer than the deadline of the call: a plugin may have to be run for the credential first.
  constexpr std::chrono::seconds longest{60};
  result<http_response> answer = make_failure(errc::actor_down, "ask the API server", "no answer");
  const caf::scoped_actor self{parts_->client.system()};
  self->request(parts_->session, longest, http_call{std::move(request), {}})
      .receive([&](const http_reply& reply) { answer = reply.value; },
               [&](const caf::error&) {
                 answer = make_failure(errc::http_timeout, "ask the API server",
                                       "no answer within a minute");
               });
  return answer;
}

result<http_response> api_client::ask_others(http_request request) {
  http_limits limits;
  limits.deadline = std::chrono::seconds{5};
  return parts_->client.ask(std::move(request), limits);
}

} // namespace acr::helper
