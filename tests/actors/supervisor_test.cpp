#define BOOST_TEST_MODULE supervisor
#include <boost/test/unit_test.hpp>

#include <map>

#include <caf/actor_registry.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/supervisor.hpp"
#include "actors/token_actor.hpp"
#include "runtime/actor_defaults.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_api.hpp"
#include "tests/support/fake_cloud.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

/// Every child is a fake that remembers what it was told; TokenActors are real.
struct supervisor_fixture : actor_fixture {
  supervisor_fixture() {
    cloud.now = wall();
    cloud.on_call = [this](const cloud_call& m) -> std::optional<result<secret_string>> {
      const auto& instance = m.what.query[0].second;
      if (broken.contains(instance))
        return make_failure(errc::service_failed, "cr GetAuthorizationToken", "down");
      fetched[instance].push_back(now());
      return password_answer(instance, now() + 1h);
    };
    deps.make = factories();
    deps.wall = wall();
    deps.seed = 42;
    deps.log = logger{
        [this](const log_record& r) { lines.push_back(format_line(r, now(), log_format::text)); },
        log_level::info};
    deps.on_giving_up = [this] { ++given_up; };
  }

  template <class Handle, class... Args>
  Handle made(const std::string& what, Handle handle) {
    ++count[what];
    last[what] = caf::actor_cast<caf::strong_actor_ptr>(handle);
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
    return {[world](const token_issued& m) { world->written.push_back(m.instance); },
            [world](const token_withdrawn& m) { world->written.push_back("-" + m.instance); },
            [](const scope_changed&) {},
            [world](const expect_instances& m) {
              world->expected.clear();
              for (const auto& instance : m.instances)
                world->expected.push_back(instance.name);
            },
            [](const select_scope&) {},
            [world](const clock_changed&) { ++world->clocks; },
            [](const work_due&) {},
            [](const watch_batch&) {},
            [](const watch_troubled&) {},
            [](const watch_recovered&) {},
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

  static namespace_watcher::behavior_type namespaces(namespace_watcher::pointer,
                                                     supervisor_fixture* world) {
    return {[](const watch_batch&) {}, [](const watch_troubled&) {}, [](const watch_recovered&) {},
            [world](const select_scope& m) { world->selected.push_back(m); }};
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
  cloud_script cloud;
  identity_script identity;
  supervisor_deps deps;
  supervisor root;
  std::map<std::string, int> count;
  std::map<std::string, caf::strong_actor_ptr> last;
  std::map<std::string, std::vector<wall_time>> fetched;
  std::set<std::string> broken;
  std::vector<std::string> written, expected, lines;
  std::vector<select_scope> selected;
  std::vector<config::identity_origin> origins;
  std::vector<std::string> users;
  int given_up = 0;
  bool leads = false; ///< What the writer was told last.
  int resigned_times = 0;
  int clocks = 0; ///< How often the writer heard of the clock.
};

struct running_supervisor : supervisor_fixture {
  running_supervisor() {
    start();
    configure({instance("a"), instance("b")});
  }
};

using list_of = std::vector<std::string>;

const config::role_chain rrsa{
    {}, "acs:ram::1:role/first", "acs:ram::1:oidc-provider/p", {{"acs:ram::2:role/second", ""}}};
const config::role_chain on_base{{}, "", "", {{"acs:ram::2:role/second", ""}}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervisor_suite, running_supervisor)

BOOST_AUTO_TEST_CASE(a_configuration_starts_its_instances_and_tells_the_writer) {
  BOOST_TEST(expected == (list_of{"a", "b"}), boost::test_tools::per_element());
  BOOST_TEST(written == (list_of{"a", "b"}), boost::test_tools::per_element());
  BOOST_TEST(selected.size() == 1U);
  BOOST_TEST(count["identity"] == 1); // shared
}

BOOST_AUTO_TEST_CASE(an_instance_that_did_not_change_keeps_its_actor_and_its_schedule) {
  supervisor_fixture undisturbed;
  undisturbed.start();
  undisturbed.configure({instance("a"), instance("b")});
  advance(10min);
  auto changed = instance("b");
  changed.domains = {"other.example"};
  configure({instance("a"), changed, instance("c")});
  advance(1ms);
  BOOST_TEST(count["token a"] == 1);
  BOOST_TEST(count["token b"] == 2);
  BOOST_TEST(count["token c"] == 1);
  BOOST_TEST(fetched["a"].size() == 1U);
  BOOST_TEST(fetched["b"].size() == 1U); // the password is as good for the new domain
  BOOST_TEST(std::count(written.begin(), written.end(), "b") == 2);
  configure({instance("c", rrsa), instance("a")}); // gone, moved, of another identity
  advance(24h - 1ms);
  undisturbed.advance(24h + 10min);
  BOOST_TEST(count["token a"] == 1);
  BOOST_TEST(fetched["a"].size() > 24U);
  BOOST_TEST((fetched["a"] == undisturbed.fetched["a"])); // to the millisecond
}

BOOST_AUTO_TEST_CASE(the_clock_is_told_to_the_writer) {
  caf::anon_send(root, clock_changed{0ms});
  drain();
  BOOST_TEST(clocks == 1);
}

BOOST_AUTO_TEST_CASE(an_instance_that_left_the_configuration_is_stopped) {
  configure({instance("b")});
  advance(2h);
  BOOST_TEST(fetched["a"].size() == 1U);
  BOOST_TEST(fetched["b"].size() > 2U);
  BOOST_TEST(expected == (list_of{"b"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_crash_changes_neither_content_nor_schedule_of_another) {
  supervisor_fixture undisturbed;
  undisturbed.start();
  undisturbed.configure({instance("a"), instance("b")});
  for (int i = 0; i < 10; ++i) {
    crash("token a");
    advance(1min);
    undisturbed.advance(1min);
  }
  broken.insert("a");
  advance(24h);
  undisturbed.advance(24h);
  BOOST_TEST(count["token a"] == 11);
  BOOST_TEST(count["token b"] == 1);
  BOOST_TEST((fetched["b"] == undisturbed.fetched["b"])); // to the millisecond
}

BOOST_AUTO_TEST_CASE(a_crash_does_not_move_the_schedule_of_an_instance_that_comes_later) {
  supervisor_fixture undisturbed;
  undisturbed.start();
  undisturbed.configure({instance("a"), instance("b")});
  crash("token a");
  advance(1min);
  undisturbed.advance(1min);
  for (auto* world : std::initializer_list<supervisor_fixture*>{this, &undisturbed}) {
    world->configure({instance("a"), instance("b"), instance("c")});
    world->advance(24h);
    world->configure({instance("a"), instance("b"), instance("c")}, 20min);
    world->advance(24h);
  }
  BOOST_TEST(fetched["c"].size() > 48U);
  BOOST_TEST((fetched["c"] == undisturbed.fetched["c"]));
}

BOOST_AUTO_TEST_CASE(an_instance_that_crashed_goes_on_with_its_password_and_schedule) {
  supervisor_fixture undisturbed;
  undisturbed.start();
  undisturbed.configure({instance("a"), instance("b")});
  advance(10min);
  crash("token a");
  advance(36min);
  undisturbed.advance(46min);
  BOOST_TEST((fetched["a"] == undisturbed.fetched["a"]));
  BOOST_TEST(fetched["a"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_password_is_withdrawn_on_time_although_its_actor_crashed) {
  broken = {"a"};
  crash("token a");
  advance(61min);
  BOOST_TEST(std::count(written.begin(), written.end(), "-a") == 1);
}

BOOST_AUTO_TEST_CASE(an_instance_may_crash_for_ever_at_bounded_cost) {
  deps.make.token = [this](token_deps token) {
    const auto name = "token " + token.name;
    auto handle = made(name, spawn_token_actor(system, std::move(token)));
    caf::anon_send_exit(handle, caf::exit_reason::kill);
    return handle;
  };
  stop();
  start();
  configure({instance("poison")});
  advance(1h);
  BOOST_TEST(count["token poison"] > 100);
  BOOST_TEST(count["token poison"] < 260); // every 15 to 30 s in the end
  BOOST_TEST(given_up == 0);
  const auto told = std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("actor_died") != std::string::npos;
  });
  BOOST_TEST(told <= 8); // the 1st, 2nd, 4th, 8th ... death
}

BOOST_AUTO_TEST_CASE(a_poisonous_instance_costs_few_starts_and_lines_in_a_day_and_others_nothing) {
  supervisor_fixture undisturbed;
  undisturbed.start();
  undisturbed.configure({instance("b")});
  undisturbed.advance(24h);

  stop();
  fetched.clear();
  lines.clear();
  deps.make.token = [this](token_deps token) {
    if (token.name != "poison") {
      const auto name = "token " + token.name;
      return made(name, spawn_token_actor(system, std::move(token)));
    }
    return made("poison", system.spawn(poison, deps.log)); // throws as soon as it runs
  };
  start();
  const auto began = lines.size();
  configure({instance("b"), instance("poison")});
  advance(24h);
  BOOST_TEST(count["poison"] > 24 * 3600 / 30);
  BOOST_TEST(count["poison"] < 24 * 3600 / 15 + 20);
  BOOST_TEST(given_up == 0);
  const auto of_poison = std::count_if(
      lines.begin() + static_cast<std::ptrdiff_t>(began), lines.end(),
      [](const std::string& line) { return line.find("poison") != std::string::npos; });
  BOOST_TEST(of_poison <= 13); // the 1st, 2nd, 4th ... 4096th death
  const auto others = std::count_if(
      lines.begin() + static_cast<std::ptrdiff_t>(began), lines.end(),
      [](const std::string& line) { return line.find("poison") == std::string::npos; });
  BOOST_TEST(others == static_cast<std::ptrdiff_t>(fetched["b"].size()));
  BOOST_TEST(count["identity"] == 2); // before and after the new start
  BOOST_REQUIRE(fetched["b"].size() == undisturbed.fetched["b"].size());
  const auto shift = fetched["b"].front() - undisturbed.fetched["b"].front();
  for (std::size_t i = 0; i < fetched["b"].size(); ++i)
    BOOST_TEST((fetched["b"][i] - shift == undisturbed.fetched["b"][i]));
}

BOOST_AUTO_TEST_CASE(why_something_died_is_told) {
  lines.clear();
  deps.make.token = [this](const token_deps&) {
    return made("poison", system.spawn(poison, deps.log));
  };
  stop();
  start();
  configure({instance("a")});
  const auto told = std::find_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("actor_died") != std::string::npos;
  });
  BOOST_REQUIRE((told != lines.end()));
  BOOST_TEST(told->find("part=instance/a") != std::string::npos);
  BOOST_TEST(told->find("poisonous") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_child_that_does_not_end_when_told_to_ends_the_program) {
  configure({instance("b")});
  BOOST_TEST(given_up == 0);
  caf::resumable* stuck = nullptr;
  hang("token b", stuck);
  configure({});
  advance(2s - 1ms);
  BOOST_TEST(given_up == 0);
  advance(1ms);
  BOOST_TEST(given_up == 1);
  scheduler.jobs.push_back(stuck);
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_fails_ends_the_program_and_leaves_nobody_behind) {
  kill(root);
  BOOST_TEST(given_up == 1);
  const auto before = cloud.calls.size();
  advance(24h);
  BOOST_TEST(cloud.calls.size() == before);
  BOOST_TEST(given_up == 1);
  tracked.clear(); // they keep handles, and who is gone does not count as running
  last.clear();
  BOOST_TEST(system.registry().running() == 0U);
}

BOOST_AUTO_TEST_CASE(a_new_writer_is_told_everything_that_is_known) {
  written.clear();
  expected.clear();
  crash("writer");
  advance(1s);
  BOOST_TEST(count["writer"] == 2);
  BOOST_TEST(count["namespaces"] == 2);
  BOOST_TEST(expected == (list_of{"a", "b"}), boost::test_tools::per_element());
  BOOST_TEST(written == (list_of{"a", "b"}), boost::test_tools::per_element());
  BOOST_TEST(selected.size() == 2U);
  BOOST_TEST(fetched["a"].size() == 1U); // no call of the cloud for it
}

BOOST_AUTO_TEST_CASE(the_gateway_takes_all_with_it_and_passwords_survive) {
  crash("gateway");
  advance(1s);
  for (const auto* part : {"gateway", "kubernetes", "cloud", "writer", "namespaces", "config",
                           "identity", "token a", "token b"})
    BOOST_TEST(count[part] == 2, part);
  BOOST_TEST(fetched["a"].size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_identity_that_dies_is_replaced_for_those_who_use_it) {
  configure({instance("a", rrsa), instance("b")});
  crash("chain");
  advance(1s);
  BOOST_TEST(count["chain"] == 2);
  BOOST_TEST(count["identity"] == 1);
  BOOST_TEST(count["token b"] == 1);
  advance(46min);
  BOOST_TEST(fetched["a"].size() == 3U); // at the start, when its roles changed, and on schedule
}

BOOST_AUTO_TEST_CASE(a_chain_on_the_own_identity_is_replaced_with_it) {
  configure({instance("a", on_base), instance("b", rrsa)});
  crash("identity");
  advance(1s);
  BOOST_TEST(count["identity"] == 2);
  BOOST_TEST(count["chain"] == 3); // a's twice, b's once
  advance(46min);
  BOOST_TEST(fetched["a"].size() == 3U);
}

BOOST_AUTO_TEST_CASE(instances_with_the_same_roles_share_one_chain) {
  configure({instance("a", rrsa), instance("b", rrsa)});
  BOOST_TEST(count["chain"] == 1);
}

BOOST_AUTO_TEST_CASE(another_threshold_moves_the_schedule_without_a_call) {
  configure({instance("a"), instance("b")}, 30min);
  BOOST_TEST(fetched["a"].size() == 1U);
  advance(30min);
  BOOST_TEST(fetched["a"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_part_that_dies_again_and_again_ends_the_program) {
  for (int i = 0; i < 12 && given_up == 0; ++i) {
    crash("writer");
    advance(5s);
  }
  BOOST_TEST(given_up == 1);
}

BOOST_AUTO_TEST_CASE(shutting_down_stops_everyone) {
  stop();
  const auto before = cloud.calls.size();
  advance(24h);
  BOOST_TEST(cloud.calls.size() == before);
  BOOST_TEST(count["writer"] == 1);
  BOOST_TEST(given_up == 0);
}

BOOST_AUTO_TEST_SUITE_END()

struct elected_supervisor : supervisor_fixture {
  elected_supervisor() {
    deps.make.elector = [this](const http_gateway&, const leadership_sink&) {
      return made("elector", system.spawn(elector, this));
    };
    start();
    configure({instance("a"), instance("b")});
  }
  void lead(std::optional<std::chrono::milliseconds> until) {
    caf::anon_send(root, leadership{until});
    drain();
  }
};

BOOST_FIXTURE_TEST_SUITE(one_of_several_replicas, elected_supervisor)

BOOST_AUTO_TEST_CASE(a_replica_that_stands_by_keeps_its_caches_warm_and_asks_the_cloud_nothing) {
  advance(1h);
  BOOST_TEST(count["writer"] == 1);
  BOOST_TEST(count["namespaces"] == 1);
  BOOST_TEST(selected.size() == 1U);
  BOOST_TEST(count["identity"] == 0);
  BOOST_TEST(cloud.calls.empty());
}

BOOST_AUTO_TEST_CASE(it_works_as_soon_as_it_leads) {
  lead(mono() + 10s);
  BOOST_TEST(leads);
  BOOST_TEST(written == (list_of{"a", "b"}), boost::test_tools::per_element());
  lead(mono() + 14s); // renewed: nothing starts again
  BOOST_TEST(count["token a"] == 1);
}

BOOST_AUTO_TEST_CASE(whoever_loses_the_lead_stops_asking_the_cloud_and_resumes_with_what_it_had) {
  lead(mono() + 10s);
  lead(std::nullopt);
  BOOST_TEST(!leads);
  const auto before = fetched["a"].size();
  advance(40min);
  BOOST_TEST(fetched["a"].size() == before);
  lead(mono() + 10s);
  BOOST_TEST(count["token a"] == 2);
  BOOST_TEST(fetched["a"].size() == before); // the password at hand is good yet
  advance(1h);
  BOOST_TEST(fetched["a"].size() > before);
}

BOOST_AUTO_TEST_CASE(a_writer_that_is_started_again_knows_who_leads) {
  lead(mono() + 1h);
  leads = false;
  crash("writer");
  advance(10s);
  BOOST_TEST(count["writer"] == 2);
  BOOST_TEST(leads);
}

BOOST_AUTO_TEST_CASE(an_elector_that_dies_is_started_again_and_stops_nobody) {
  lead(mono() + 1h);
  crash("elector");
  advance(10s);
  BOOST_TEST(count["elector"] == 2);
  BOOST_TEST(count["token a"] == 1);
  BOOST_TEST(count["writer"] == 1);
}

BOOST_AUTO_TEST_CASE(the_end_gives_the_lead_back_first) {
  lead(mono() + 10s);
  caf::anon_send(root, shut_down{});
  drain();
  BOOST_TEST(resigned_times == 1);
  BOOST_TEST(!leads);
}

BOOST_AUTO_TEST_SUITE_END()
