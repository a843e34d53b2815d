#include "tools/helper/run.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <unistd.h>

#include "actors/status_board.hpp"
#include "runtime/clock/clock_watch.hpp"
#include "runtime/system_config.hpp"
#include "tools/helper/pages.hpp"
#include "tools/helper/replica_identity.hpp"
#include "tools/helper/runtime_context.hpp"
#include "tools/helper/tree.hpp"
#include "tools/helper/webhook.hpp"

namespace acr::helper {

namespace {

using namespace std::chrono_literals;

constexpr auto stop_limit = 4s; // Kubernetes allows 30 s by default; users expect it to be quick

/// How the process ends: with this code, and by then at the latest.
struct ending {
  exit_code code = exit_code::cannot_start;
  std::chrono::steady_clock::time_point by = std::chrono::steady_clock::now() + stop_limit;
};

ending serve(const run_options& options, termination& end, const logger& log) {
  auto found = look_around(options); // before the system: outlives its actors
  if (!found) {
    log.failed(log_level::error, "cannot_start", "cannot start", found.error());
    return {};
  }
  auto& around = found->around;
  log.info("started", "acr-credential-helper " ACR_VERSION " started",
           {{"server", around.cluster.server},
            {"configuration", options.config_file.empty()
                                  ? options.config_map.ns + "/" + options.config_map.name
                                  : options.config_file}});
  if (around.cluster.tls && around.cluster.tls->insecure_skip_verify)
    log.warning("tls_not_verified",
                "insecure-skip-tls-verify is set: anyone on the network path can impersonate the "
                "API server and read every credential",
                {{"server", around.cluster.server}});
  std::optional<replica_identity> replica; // held during this process's lifetime
  if (options.leader_elect)
    around.replica = replica.emplace(around.host, around.environment("POD_UID")).text();
  auto hook = open_webhook(options.webhook, log); // before the system: outlives its actors
  if (!hook) {
    log.failed(log_level::error, "cannot_start", "cannot start", hook.error());
    return {};
  }
  if (*hook)
    around.webhook =
        webhook_connection{(*hook)->desk, [server = (*hook)->server](const server_identity& own) {
                             return server->identify_as(own);
                           }};
  ending last;
  std::optional<watchdog> guard;
  {
    system_config settings;
    caf::actor_system system{settings};
    around.make_gateway = [&] { return make_gateway(system, *found, log); };
    around.log = log;
    const auto board = spawn_status_board(system, {around.wall, log});
    around.report =
        reporter{[board](fact what) { caf::anon_send(board, fact_reported{std::move(what)}); }};
    around.follow = [board](const fact_sink& who) { caf::anon_send(board, follow_facts{who}); };
    supervisor_deps deps;
    deps.make = factories(system, around);
    deps.wall = [clock = around.clock] { return clock->now(); };
    deps.log = log;
    deps.report = around.report;
    deps.seed = std::random_device{}();
    deps.on_giving_up = [&end] { end.request(exit_code::gave_up); };
    const auto root = spawn_supervisor(system, std::move(deps));
    const auto servers = open_pages(
        system, options, {root, board, around.clock, *hook ? (*hook)->desk : nullptr}, log);
    if (!servers) {
      log.failed(log_level::error, "cannot_start", "cannot start", servers.error());
      end.request(exit_code::cannot_start);
    }
    const clock_watch watch{
        [root](std::chrono::milliseconds by) { caf::anon_send(root, clock_changed{by}); }};
    last = {end.wait()};
    log.info("stopping", "stopping", {{"exit_code", static_cast<int>(last.code)}});
    guard.emplace(stop_limit, exit_code::stuck);
    caf::anon_send(root, shut_down{});
    // After its end no new actors are started; then the board ends, before the system does.
    caf::scoped_actor onlooker{system};
    onlooker->wait_for(root);
    around.report = {};
    around.follow = {};
    caf::anon_send_exit(board, caf::exit_reason::user_shutdown);
  } // waits for all actors
  log.info("stopped", "stopped; Secrets are left unchanged");
  return last;
}

} // namespace

exit_code run(const run_options& options, termination& end) {
  ending last;
  std::optional<watchdog> guard; // outlives the log, which may wait for its reader
  const auto format =
      options.format.value_or(isatty(STDERR_FILENO) == 1 ? log_format::text : log_format::json);
  const auto log = make_stderr_logger(options.level, format);
  try {
    last = serve(options, end, log);
  } catch (const std::exception& e) { // the log, since standard error may block
    log.error("cannot_start", "cannot start", {{"detail", e.what()}});
    last = {};
  }
  using std::chrono::ceil;
  guard.emplace(ceil<std::chrono::milliseconds>(last.by - std::chrono::steady_clock::now()),
                last.code);
  return last.code;
}

} // namespace acr::helper
