#define BOOST_TEST_MODULE supervisor_deaths
#include <boost/test/unit_test.hpp>

#include <caf/actor_registry.hpp>

#include "tests/support/supervisor_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

using list_of = std::vector<std::string>;

const config::role_chain rrsa{
    {}, "acs:ram::1:role/first", "acs:ram::1:oidc-provider/p", {{"acs:ram::2:role/second", ""}}};
const config::role_chain on_base{{}, "", "", {{"acs:ram::2:role/second", ""}}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(whoever_dies, running_supervisor)

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
  // And `domains_foreign`, before and after the new start.
  BOOST_TEST(others == static_cast<std::ptrdiff_t>(fetched["b"].size()) + 2);
  BOOST_TEST(count["identity"] == 2); // before and after the new start
  BOOST_REQUIRE(fetched["b"].size() == undisturbed.fetched["b"].size());
  const auto shift = fetched["b"].front() - undisturbed.fetched["b"].front();
  for (std::size_t i = 0; i < fetched["b"].size(); ++i)
    BOOST_TEST((fetched["b"][i] - shift == undisturbed.fetched["b"][i]));
}

BOOST_AUTO_TEST_CASE(why_something_died_is_reported) {
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

BOOST_AUTO_TEST_CASE(a_child_that_does_not_stop_when_asked_ends_the_program) {
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

BOOST_AUTO_TEST_CASE(a_supervisor_that_fails_ends_the_program_and_leaves_no_actor_behind) {
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

BOOST_AUTO_TEST_CASE(a_new_writer_is_sent_all_that_is_known) {
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

BOOST_AUTO_TEST_CASE(a_part_that_dies_again_and_again_ends_the_program) {
  for (int i = 0; i < 12 && given_up == 0; ++i) {
    crash("writer");
    advance(5s);
  }
  BOOST_TEST(given_up == 1);
}

BOOST_AUTO_TEST_SUITE_END()
