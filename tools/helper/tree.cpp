#include "tools/helper/tree.hpp"

#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include "actors/admission_keeper.hpp"
#include "actors/config_watcher.hpp"
#include "actors/event_recorder.hpp"
#include "actors/leader_elector.hpp"
#include "actors/namespace_watcher.hpp"
#include "actors/rrsa_chain.hpp"
#include "actors/secret_writer.hpp"
#include "actors/token_actor.hpp"
#include "runtime/kubernetes/session.hpp"
#include "tools/helper/identity.hpp"

namespace acr::helper {

namespace {

constexpr std::size_t writes_in_flight = 24;

http_gateway make_kubernetes(caf::actor_system& system, const runtime_context& around,
                             http_gateway gateway) {
  kubernetes::session_deps deps;
  deps.gateway = std::move(gateway);
  deps.access = around.cluster;
  deps.wall = around.wall;
  deps.log = around.log;
  deps.report = around.report;
  return kubernetes::spawn_kubernetes_session(system, std::move(deps));
}

cloud_session make_cloud(caf::actor_system& system, const runtime_context& around,
                         http_gateway gateway) {
  cloud_session_deps deps;
  deps.gateway = std::move(gateway);
  deps.endpoints = around.endpoints;
  deps.metadata = around.metadata;
  deps.wall = around.wall;
  deps.clock = around.clock;
  deps.nonce = around.nonce;
  deps.log = around.log;
  return spawn_cloud_session(system, std::move(deps));
}

using configuration_cell = std::shared_ptr<std::shared_ptr<const config::configuration>>;

caf::actor make_config(caf::actor_system& system, const runtime_context& around, http_gateway api,
                       config_sink sink, const configuration_cell& in_force) {
  config_watcher_deps deps;
  deps.api = std::move(api);
  deps.file = around.options.config_file;
  deps.config_map = around.options.config_map;
  deps.sink = std::move(sink);
  deps.log = around.log;
  deps.seed = around.seed("config");
  deps.in_force = in_force;
  deps.report = around.report;
  return caf::actor_cast<caf::actor>(spawn_config_watcher(system, std::move(deps)));
}

leader_elector make_elector(caf::actor_system& system, const runtime_context& around,
                            http_gateway api, leadership_sink sink,
                            std::optional<std::chrono::milliseconds> held_until) {
  leader_elector_deps deps;
  deps.api = std::move(api);
  deps.sink = std::move(sink);
  deps.lease = around.options.lease;
  deps.identity = around.replica;
  deps.held_until = held_until;
  deps.wall = around.wall;
  deps.log = around.log;
  deps.seed = around.seed("election");
  return spawn_leader_elector(system, std::move(deps));
}

admission_keeper make_admission(caf::actor_system& system, const runtime_context& around,
                                http_gateway api) {
  const auto& options = around.options.webhook;
  admission_keeper_deps deps;
  deps.api = std::move(api);
  deps.desk = around.webhook->desk;
  deps.serve_as = around.webhook->serve_as;
  deps.secret = options.service;
  deps.configuration = options.configuration;
  if (options.certificate_folder.empty())
    deps.names = {options.service.name + "." + options.service.ns + ".svc"};
  deps.life = options.certificate_life;
  deps.elected = around.options.leader_elect;
  deps.wall = around.wall;
  deps.log = around.log;
  return spawn_admission_keeper(system, std::move(deps));
}

rrsa_chain_deps chain_deps(const runtime_context& around, const config::role_chain& chain,
                           const std::string& user) {
  rrsa_chain_deps deps;
  deps.chain = chain;
  deps.region = around.options.region;
  deps.session_name = session_name(around.options.cluster_name, chain.rrsa_oidc_provider_arn, user);
  deps.oidc = {around.options.oidc_token_file, around.options.account};
  deps.log = around.log;
  deps.seed = around.seed("chain of " + user);
  return deps;
}

} // namespace

child_factories factories(caf::actor_system& system, const runtime_context& around) {
  // What several clocks agree on: one that is off, or lies, makes nothing invalid.
  const wall_clock agreed_time = [clock = around.clock] { return clock->now(); };
  const clock_difference service_ahead = [clock = around.clock] { return clock->service_ahead(); };
  child_factories make;
  make.gateway = around.make_gateway;
  make.kubernetes = [&](http_gateway gateway) {
    return make_kubernetes(system, around, std::move(gateway));
  };
  make.cloud = [&](http_gateway gateway) { return make_cloud(system, around, std::move(gateway)); };
  make.writer = [&, agreed_time](http_gateway api) {
    secret_writer_deps deps{std::move(api),        agreed_time,      around.log,
                            around.seed("writer"), writes_in_flight, around.options.leader_elect,
                            around.options.ended,  around.report};
    if (around.webhook)
      deps.tell_foreign = [desk = around.webhook->desk](auto secrets) {
        desk->publish_foreign(std::move(secrets));
      };
    return spawn_secret_writer(system, std::move(deps));
  };
  make.namespaces = [&](http_gateway api, scope_sink sink) {
    namespace_watcher_deps deps{std::move(api), std::move(sink), around.log,
                                around.seed("namespaces"), around.report};
    if (around.webhook)
      deps.tell_exceptions = [desk = around.webhook->desk](auto what) {
        desk->publish(kubernetes::admission_exceptions{std::move(what)});
      };
    return spawn_namespace_watcher(system, std::move(deps));
  };
  if (around.follow)
    make.events = [&](http_gateway api) {
      auto made = spawn_event_recorder(
          system, {std::move(api), around.wall, around.log, around.report, around.host, {}});
      around.follow(caf::actor_cast<fact_sink>(made));
      return made;
    };
  if (around.webhook)
    make.admission = [&](http_gateway api) {
      auto made = make_admission(system, around, std::move(api));
      if (around.follow)
        around.follow(caf::actor_cast<fact_sink>(made));
      return made;
    };
  make.config = [&, in_force = std::make_shared<configuration_cell::element_type>()](
                    http_gateway api, config_sink sink) {
    return make_config(system, around, std::move(api), std::move(sink), in_force);
  };
  if (around.options.leader_elect)
    make.elector = [&](http_gateway api, leadership_sink sink,
                       std::optional<std::chrono::milliseconds> held_until) {
      return make_elector(system, around, std::move(api), std::move(sink), held_until);
    };
  make.origin = [&, agreed_time, service_ahead](const config::identity_origin& origin,
                                                http_gateway api, cloud_session cloud) {
    return spawn_origin(system, origin,
                        {around.options, around.environment, std::move(api), std::move(cloud),
                         agreed_time, service_ahead, around.seed, around.log});
  };
  make.role_chain = [&, agreed_time, service_ahead](const config::role_chain& chain,
                                                    const std::string& user, http_gateway api,
                                                    cloud_session cloud, identity_source base) {
    auto deps = chain_deps(around, chain, user);
    deps.base = std::move(base);
    deps.api = std::move(api);
    deps.cloud = std::move(cloud);
    deps.wall = agreed_time;
    deps.service_ahead = service_ahead;
    return spawn_rrsa_chain(system, std::move(deps));
  };
  make.token = [&, service_ahead](token_deps deps) {
    if (deps.region.empty())
      deps.region = around.options.region;
    deps.report = around.report;
    deps.service_ahead = service_ahead;
    if (!around.options.verify_login)
      deps.registries.reset();
    deps.tried_at = around.options.verify_login_at;
    return spawn_token_actor(system, std::move(deps));
  };
  return make;
}

} // namespace acr::helper
