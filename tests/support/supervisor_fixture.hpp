/// A supervisor whose children are fakes that remember what they were told; TokenActors are real.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/leader_elector.hpp"
#include "actors/supervisor.hpp"
#include "actors/token_actor.hpp"
#include "runtime/actor_defaults.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_api.hpp"
#include "tests/support/fake_cloud.hpp"
#include "tests/support/fake_lease.hpp"

namespace acr::testing {

using namespace std::chrono_literals;

struct supervisor_fixture : actor_fixture {
  supervisor_fixture() {
    cloud.now = wall();
    cloud.on_call = [this](const cloud_call& m) -> std::optional<result<secret_string>> {
      const auto& instance = m.what.query[0].second;
      if (m.what.action == "ListInstanceEndpoint")
        return make_failure(errc::denied, "cr ListInstanceEndpoint", "no permission");
      if (broken.contains(instance))
        return make_failure(errc::service_failed, "cr GetAuthorizationToken", "down");
      fetched[instance].push_back(now());
      return password_answer(instance, now() + 1h);
    };
    api.on_list = [this](const std::string&) { return lease.list(); };
    api.on_call = [this](const http_request& m) -> std::optional<http_response> {
      auto found = m.url.find("/leases/") == std::string::npos ? lets_everybody_in(m)
                   : mute                                      ? std::nullopt
                                                               : lease.answer(m);
      return found;
    };
    deps.make = factories();
    deps.wall = wall();
    deps.seed = 42;
    deps.log = logger{
        [this](const log_record& r) { lines.push_back(format_line(r, now(), log_format::text)); },
        log_level::info};
    deps.report = reporter{[this](const fact& what) { facts.push_back(what); }};
    deps.on_giving_up = [this] { ++given_up; };
  }

  /// A registry at every domain, which takes any password.
  static std::optional<http_response> lets_everybody_in(const http_request& what) {
    if (what.url.find("/v2/") == std::string::npos)
      return std::nullopt;
    const bool with_password = !find_header(what.headers, "Authorization").empty();
    if (with_password)
      return http_response{200, {}, {}};
    return http_response{401, {{"WWW-Authenticate", "Basic realm=\"registry\""}}, {}};
  }

  template <class Handle, class... Args>
  Handle made(const std::string& what, Handle handle) {
    ++count[what];
    ++(*alive)[what];
    last[what] = caf::actor_cast<caf::strong_actor_ptr>(handle);
    last[what]->get()->attach_functor([all = alive, what] { --(*all)[what]; });
    tracked.push_back(last[what]);
    return handle;
  }

  child_factories factories() {
    child_factories make;
    make.gateway = [this] { return made("gateway", system.spawn(fake_api, &api)); };
    make.kubernetes = [this](const http_gateway&) {
      return made("kubernetes", system.spawn(fake_api, &api));
    };
    make.cloud = [this](const http_gateway&) {
      return made("cloud", system.spawn(fake_cloud, &cloud));
    };
    make.writer = [this](const http_gateway&) {
      return made("writer", system.spawn(writer, this));
    };
    make.namespaces = [this](const http_gateway&, const scope_sink&) {
      return made("namespaces", system.spawn(namespaces, this));
    };
    make.config = [this](const http_gateway&, const config_sink&) {
      return caf::actor_cast<caf::actor>(made("config", system.spawn(fake_api, &api)));
    };
    make.origin = [this](const config::identity_origin& origin, const http_gateway&,
                         const cloud_session&) {
      origins.push_back(origin);
      return made("identity", system.spawn(fake_identity, &identity));
    };
    make.role_chain = [this](const config::role_chain& chain, const std::string& user,
                             const http_gateway&, const cloud_session&,
                             const identity_source& base) {
      BOOST_TEST(static_cast<bool>(base) == !chain.roles.empty());
      users.push_back(user);
      return made(chain.roles.empty() ? "rrsa" : "chain", system.spawn(fake_identity, &identity));
    };
    make.token = [this](token_deps token) {
      const auto name = "token " + token.name;
      return made(name, spawn_token_actor(system, std::move(token)));
    };
    return make;
  }

  static secret_writer::behavior_type writer(secret_writer::pointer, supervisor_fixture* world) {
    return {[world](const token_issued& m) {
              world->written.push_back(m.instance + (m.at_once ? "!" : ""));
            },
            [world](const token_withdrawn& m) { world->written.push_back("-" + m.instance); },
            [](const scope_changed&) {},
            [world](const expect_instances& m) {
              world->expected.clear();
              world->forgotten += m.forget ? 1 : 0;
              for (const auto& instance : m.instances)
                world->expected.push_back(instance.name);
            },
            [](const select_scope&) {},
            [world](const clock_changed&) { ++world->clocks; },
            [](const work_due&) {},
            [](const watch_batch&) {},
            [](const watch_troubled&) {},
            [](const watch_recovered&) {},
            [](const ask_namespaces&) {
              return namespaces_reply{{}, 7};
            },
            [world](const leadership& m) { world->leads = m.until.has_value(); }};
  }

  static leader_elector::behavior_type elector(leader_elector::pointer, supervisor_fixture* world) {
    return {[](const watch_batch&) {}, [](const watch_troubled&) {}, [](const watch_recovered&) {},
            [world](const resign&) {
              ++world->resigned_times;
              return resigned{};
            },
            [](const election_due&) {}};
  }

  // With an argument: without one, CAF 0.17 forms a reference to nothing, which the sanitizer
  // refuses.
  static event_recorder::behavior_type recorder(event_recorder::pointer,
                                                supervisor_fixture* /*world*/) {
    return {[](const fact_reported&) {}, [](const event_due&) {}};
  }

  static namespace_watcher::behavior_type namespaces(namespace_watcher::pointer,
                                                     supervisor_fixture* world) {
    return {[](const watch_batch&) {}, [](const watch_troubled&) {}, [](const watch_recovered&) {},
            [world](const select_scope& m) { world->selected.push_back(m); }};
  }

  /// From the next start on, the lead is by the real elector and the one Lease.
  void elect() {
    deps.make.elector = [this](const http_gateway& session, const leadership_sink& sink,
                               std::optional<std::chrono::milliseconds> held_until) {
      leader_elector_deps elector;
      elector.api = session;
      elector.sink = sink;
      elector.lease = {"kube-system", "acr"};
      elector.identity = "me";
      elector.held_until = held_until;
      elector.wall = wall();
      elector.log = deps.log;
      return made("elector", spawn_leader_elector(system, elector));
    };
  }

  supervisor start() {
    root = track(spawn_supervisor(system, deps));
    return root;
  }

  void stop() {
    caf::anon_send(root, shut_down{});
    drain();
  }

  static config::instance instance(const std::string& id, config::role_chain chain = {}) {
    config::instance made;
    made.name = id;
    made.instance_id = id;
    made.domains = {id + ".example"};
    made.chain = std::move(chain);
    return made;
  }

  void configure(std::vector<config::instance> instances, std::chrono::seconds threshold = 15min) {
    auto value = std::make_shared<config::configuration>();
    value->instances = std::move(instances);
    value->expiring_threshold = threshold;
    caf::anon_send(root, config_changed{value});
    drain();
  }

  void crash(const std::string& what) {
    caf::anon_send_exit(last.at(what), caf::exit_reason::kill);
    drain();
  }

  /// An instance that fails whenever it is started.
  static token_actor::behavior_type poison(token_actor::pointer self, const logger& log) {
    install_actor_defaults(self, log);
    throw std::runtime_error{"poisonous"};
  }

  /// Keeps a child from running, as a handler does that never returns. The job is to be given back
  /// to the scheduler at the end.
  void hang(const std::string& what, caf::resumable*& job) {
    job = dynamic_cast<caf::resumable*>(caf::actor_cast<caf::abstract_actor*>(last.at(what)));
    caf::anon_send(caf::actor_cast<caf::actor>(last.at(what)), renew_now{});
    BOOST_REQUIRE(std::erase(scheduler.jobs, job) == 1U);
  }

  api_script api;
  fake_lease lease;
  bool mute = false; ///< No request about the Lease is answered.
  cloud_script cloud;
  identity_script identity;
  supervisor_deps deps;
  supervisor root;
  std::map<std::string, int> count;
  /// Those that have not ended.
  std::shared_ptr<std::map<std::string, int>> alive =
      std::make_shared<std::map<std::string, int>>();
  std::map<std::string, caf::strong_actor_ptr> last;
  std::map<std::string, std::vector<wall_time>> fetched;
  std::set<std::string> broken;
  std::vector<std::string> written, expected, lines;
  std::vector<fact> facts;
  std::vector<select_scope> selected;
  std::vector<config::identity_origin> origins;
  std::vector<std::string> users;
  int given_up = 0;
  bool leads = false; ///< What the writer was told last.
  int resigned_times = 0;
  int forgotten = 0; ///< How often the writer had to forget its credentials.
  int clocks = 0;    ///< How often the writer heard of the clock.
};

struct running_supervisor : supervisor_fixture {
  running_supervisor() {
    start();
    configure({instance("a"), instance("b")});
  }
};

} // namespace acr::testing
