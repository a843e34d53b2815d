#include "tools/helper/run.hpp"

#include <array>
#include <memory>
#include <random>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <unistd.h>

#include "actors/status_board.hpp"
#include "protocol/aliyun/environment.hpp"
#include "runtime/clock/clock_watch.hpp"
#include "runtime/http/gateway.hpp"
#include "runtime/system_config.hpp"
#include "tools/helper/cluster.hpp"
#include "tools/helper/pages.hpp"
#include "tools/helper/tree.hpp"

namespace acr::helper {

namespace {

using namespace std::chrono_literals;

constexpr auto stop_limit = 4s; // Kubernetes allows 30 s by default; users expect it to be quick

result<std::string> endpoint(const std::string& text) {
  return text.empty() ? result<std::string>{std::string{}} : aliyun::parse_endpoint(text);
}

/// All that is read before the first actor is started.
struct findings {
  kubernetes::cluster_access cluster;
  aliyun::endpoint_policy endpoints;
  aliyun::metadata_policy metadata;
  std::string extra_ca;
};

result<findings> look_around(const run_options& options) {
  auto cluster = find_cluster(options.cluster);
  if (!cluster)
    return cluster.error();
  auto sts = endpoint(options.sts_endpoint);
  if (!sts)
    return sts.error();
  auto cr = endpoint(options.cr_endpoint);
  if (!cr)
    return cr.error();
  aliyun::endpoint_policy flags;
  flags.sts_url = *sts;
  flags.cr_url = *cr;
  flags.prefer_vpc = !options.public_endpoints;
  const auto endpoints = aliyun::with_environment(std::move(flags), environment_variable);
  if (!endpoints)
    return endpoints.error();
  const auto metadata =
      aliyun::metadata_from_environment(options.metadata_endpoint, environment_variable);
  if (!metadata)
    return metadata.error();
  findings found{std::move(*cluster), *endpoints, *metadata, ""};
  if (!options.ca_file.empty()) {
    const auto pem = kubernetes::read_small_file(options.ca_file);
    if (!pem)
      return pem.error();
    found.extra_ca = std::string{pem->reveal()};
  }
  return found;
}

/// The Pod's name, as it is the host name of its containers; or the machine's.
std::string host_name() {
  std::array<char, 256> host{};
  return gethostname(host.data(), host.size() - 1) == 0 ? host.data() : "unknown";
}

} // namespace

exit_code run(const run_options& options, termination& end) {
  const auto format =
      options.format.value_or(isatty(STDERR_FILENO) == 1 ? log_format::text : log_format::json);
  const auto log = make_stderr_logger(options.level, format);
  const auto found = look_around(options);
  if (!found) {
    log.failed(log_level::error, "cannot_start", "cannot start", found.error());
    return exit_code::cannot_start;
  }
  log.info("started", "acr-credential-helper " ACR_VERSION,
           {{"server", found->cluster.server},
            {"configuration", options.config_file.empty()
                                  ? options.config_map.ns + "/" + options.config_map.name
                                  : options.config_file}});
  auto code = exit_code::orderly;
  std::unique_ptr<watchdog> guard;
  {
    system_config settings;
    surroundings around; // before the system: outlives its actors
    caf::actor_system system{settings};
    around.options = options;
    around.cluster = found->cluster;
    around.endpoints = found->endpoints;
    around.metadata = found->metadata;
    around.environment = environment_variable;
    around.make_gateway = [&] {
      http_gateway_deps deps;
      deps.user_agent = "acr-credential-helper/" ACR_VERSION;
      deps.trust.extra_ca_pem = found->extra_ca;
      deps.log = log;
      return spawn_http_gateway(system, std::move(deps));
    };
    around.wall = system_now;
    around.clock = std::make_shared<aliyun::service_clock>(system_now, since_boot);
    around.seed = [](std::string_view) { return std::uint64_t{std::random_device{}()}; };
    around.host = host_name();
    if (options.leader_elect) // something that no other process has
      around.replica = around.host + "_" + aliyun::random_nonce();
    around.log = log;
    const auto board = spawn_status_board(system, {around.wall, log});
    around.report = reporter{[board](fact what) { caf::anon_send(board, noted{std::move(what)}); }};
    around.follow = [board](const event_recorder& who) {
      caf::anon_send(board, follow_facts{caf::actor_cast<fact_sink>(who)});
    };
    supervisor_deps deps;
    deps.make = factories(system, around);
    deps.wall = [clock = around.clock] { return clock->now(); };
    deps.log = log;
    deps.report = around.report;
    deps.seed = std::random_device{}();
    deps.on_giving_up = [&end] { end.request(exit_code::gave_up); };
    const auto root = spawn_supervisor(system, std::move(deps));
    const auto servers = open_pages(system, options, {root, board}, log);
    if (!servers) {
      log.failed(log_level::error, "cannot_start", "cannot start", servers.error());
      end.request(exit_code::cannot_start);
    }
    const clock_watch watch{
        [root](std::chrono::milliseconds by) { caf::anon_send(root, clock_changed{by}); }};
    code = end.wait();
    log.info("stopping", "stopping", {{"exit_code", static_cast<int>(code)}});
    guard = std::make_unique<watchdog>(stop_limit, exit_code::stuck);
    caf::anon_send(root, shut_down{});
    // After its end nobody is made any more; then the board goes, before the system does.
    caf::scoped_actor onlooker{system};
    onlooker->wait_for(root);
    around.report = {};
    around.follow = {};
    caf::anon_send_exit(board, caf::exit_reason::user_shutdown);
  } // waits for all actors
  log.info("stopped", "all is stopped; Secrets stay as they are");
  return code;
}

} // namespace acr::helper
