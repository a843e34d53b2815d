#include "tools/helper/run.hpp"

#include <cstdlib>
#include <memory>
#include <random>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <unistd.h>

#include "actors/config_watcher.hpp"
#include "actors/namespace_watcher.hpp"
#include "actors/rrsa_chain.hpp"
#include "actors/secret_writer.hpp"
#include "actors/supervisor.hpp"
#include "actors/token_actor.hpp"
#include "protocol/aliyun/endpoints.hpp"
#include "runtime/aliyun/service_clock.hpp"
#include "runtime/aliyun/session.hpp"
#include "runtime/clock/clock_watch.hpp"
#include "runtime/http/gateway.hpp"
#include "runtime/kubernetes/access.hpp"
#include "runtime/kubernetes/session.hpp"
#include "runtime/system_config.hpp"
#include "tools/helper/identity.hpp"

namespace acr::helper {

namespace {

using namespace std::chrono_literals;

constexpr auto stop_limit = 4s; // Kubernetes allows 30 s by default; users expect it to be quick

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nobody writes it
  return value ? value : "";
}

/// All that is read before the first actor is started.
struct surroundings {
  kubernetes::cluster_access cluster;
  aliyun::endpoint_policy endpoints;
  std::string extra_ca;
};

result<kubernetes::cluster_access> find_cluster(const run_options& options) {
  if (options.kubeconfig.empty() && options.context.empty() &&
      !environment_variable("KUBERNETES_SERVICE_HOST").empty())
    return kubernetes::in_cluster();
  auto files = options.kubeconfig.empty() ? environment_variable("KUBECONFIG") : options.kubeconfig;
  if (files.empty())
    files = environment_variable("HOME") + "/.kube/config";
  return kubernetes::load_kubeconfig(files, options.context);
}

result<std::string> endpoint(const std::string& text) {
  return text.empty() ? result<std::string>{std::string{}} : aliyun::parse_endpoint(text);
}

result<surroundings> look_around(const run_options& options) {
  auto cluster = find_cluster(options);
  if (!cluster)
    return cluster.error();
  auto sts = endpoint(options.sts_endpoint);
  if (!sts)
    return sts.error();
  auto cr = endpoint(options.cr_endpoint);
  if (!cr)
    return cr.error();
  surroundings found{std::move(*cluster), {*sts, *cr, !options.public_endpoints}, ""};
  if (!options.ca_file.empty()) {
    const auto pem = kubernetes::read_small_file(options.ca_file);
    if (!pem)
      return pem.error();
    found.extra_ca = std::string{pem->reveal()};
  }
  return found;
}

child_factories factories(caf::actor_system& system, const run_options& options,
                          const surroundings& around,
                          const std::shared_ptr<aliyun::service_clock>& clock, const logger& log) {
  const auto seed = [] { return std::uint64_t{std::random_device{}()}; };
  // Whoever judges a password or a session goes by the service's clock.
  const wall_clock service_time = [clock] { return clock->now(); };
  child_factories make;
  make.gateway = [&system, &around, log] {
    http_gateway_deps deps;
    deps.user_agent = "acr-credential-helper/" ACR_VERSION;
    deps.trust.extra_ca_pem = around.extra_ca;
    deps.log = log;
    return spawn_http_gateway(system, std::move(deps));
  };
  make.kubernetes = [&system, &around, log](http_gateway gateway) {
    kubernetes::session_deps deps;
    deps.gateway = std::move(gateway);
    deps.access = around.cluster;
    deps.wall = system_now;
    deps.log = log;
    return kubernetes::spawn_kubernetes_session(system, std::move(deps));
  };
  make.cloud = [&system, &options, &around, clock, log](http_gateway gateway) {
    cloud_session_deps deps;
    deps.gateway = std::move(gateway);
    deps.endpoints = around.endpoints;
    deps.metadata = {options.metadata_endpoint,
                     environment_variable("ALIBABA_CLOUD_ECS_METADATA_DISABLED") == "true",
                     environment_variable("ALIBABA_CLOUD_IMDSV1_DISABLED") == "true"};
    deps.wall = system_now;
    deps.clock = clock;
    deps.log = log;
    return spawn_cloud_session(system, std::move(deps));
  };
  make.writer = [&system, service_time, log, seed](http_gateway api) {
    return spawn_secret_writer(system, {std::move(api), service_time, log, seed(), 24});
  };
  make.namespaces = [&system, log, seed](http_gateway api, scope_sink sink) {
    return spawn_namespace_watcher(system, {std::move(api), std::move(sink), log, seed()});
  };
  make.config = [&system, &options, log, seed](http_gateway api, config_sink sink) {
    config_watcher_deps deps;
    deps.api = std::move(api);
    deps.file = options.config_file;
    deps.config_map = options.config_map;
    deps.sink = std::move(sink);
    deps.log = log;
    deps.seed = seed();
    return caf::actor_cast<caf::actor>(spawn_config_watcher(system, std::move(deps)));
  };
  make.origin = [&system, &options, service_time, log](const config::identity_origin& origin,
                                                       http_gateway api, cloud_session cloud) {
    return spawn_origin(
        system, origin,
        {options, environment_variable, std::move(api), std::move(cloud), service_time, log});
  };
  make.role_chain = [&system, &options, service_time, log,
                     seed](const config::role_chain& chain, const std::string& user,
                           http_gateway api, cloud_session cloud, identity_source base) {
    rrsa_chain_deps deps;
    deps.chain = chain;
    deps.region = options.region;
    deps.session_name = session_name(options.cluster_name, chain.rrsa_oidc_provider_arn, user);
    deps.oidc = {options.oidc_token_file, options.account};
    deps.base = std::move(base);
    deps.api = std::move(api);
    deps.cloud = std::move(cloud);
    deps.wall = service_time;
    deps.log = log;
    deps.seed = seed();
    return spawn_rrsa_chain(system, std::move(deps));
  };
  make.token = [&system, &options](token_deps deps) {
    if (deps.region.empty())
      deps.region = options.region;
    return spawn_token_actor(system, std::move(deps));
  };
  return make;
}

} // namespace

exit_code run(const run_options& options, termination& end) {
  const auto format =
      options.format.value_or(isatty(STDERR_FILENO) == 1 ? log_format::text : log_format::json);
  const auto log = make_stderr_logger(options.level, format);
  const auto around = look_around(options);
  if (!around) {
    log.failed(log_level::error, "cannot_start", "cannot start", around.error());
    return exit_code::cannot_start;
  }
  log.info("started", "acr-credential-helper " ACR_VERSION,
           {{"server", around->cluster.server},
            {"configuration", options.config_file.empty()
                                  ? options.config_map.ns + "/" + options.config_map.name
                                  : options.config_file}});
  auto code = exit_code::orderly;
  std::unique_ptr<watchdog> guard;
  {
    system_config settings;
    caf::actor_system system{settings};
    supervisor_deps deps;
    const auto clock = std::make_shared<aliyun::service_clock>(system_now, since_boot);
    deps.make = factories(system, options, *around, clock, log);
    deps.wall = [clock] { return clock->now(); };
    deps.log = log;
    deps.seed = std::random_device{}();
    deps.on_giving_up = [&end] { end.request(exit_code::gave_up); };
    const auto root = spawn_supervisor(system, std::move(deps));
    const clock_watch watch{
        [root](std::chrono::milliseconds by) { caf::anon_send(root, clock_changed{by}); }};
    code = end.wait();
    log.info("stopping", "stopping", {{"exit_code", static_cast<int>(code)}});
    guard = std::make_unique<watchdog>(stop_limit, exit_code::stuck);
    caf::anon_send(root, shut_down{});
  } // waits for all actors
  log.info("stopped", "all is stopped; Secrets stay as they are");
  return code;
}

} // namespace acr::helper
