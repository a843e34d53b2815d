#define BOOST_TEST_MODULE supervisor_pairs
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/support/supervisor_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

const config::role_chain rrsa{
    {}, "acs:ram::1:role/first", "acs:ram::1:oidc-provider/p", {{"acs:ram::2:role/second", ""}}};

/// Every kind of part, each of them once.
const std::vector<std::string> parts{"gateway", "kubernetes", "cloud",  "writer",   "namespaces",
                                     "config",  "elector",    "events", "identity", "rrsa",
                                     "chain",   "token a",    "token b"};

struct whole_supervisor : supervisor_fixture {
  explicit whole_supervisor(std::uint64_t seed = 1) {
    deps.seed = seed;
    deps.make.events = [this](const http_gateway&) {
      return made("events", system.spawn(recorder, this));
    };
    elect();
    start();
    configure({instance("a"), instance("b", rrsa)});
  }

  std::map<std::string, int> running() {
    std::map<std::string, int> all;
    for (const auto& part : parts)
      all[part] = (*alive)[part];
    return all;
  }
};

/// Two that die within each other's backoff.
struct pair_of_deaths {
  std::string first, second;
};

std::ostream& operator<<(std::ostream& out, const pair_of_deaths& pair) {
  return out << pair.first << ", then " << pair.second;
}

std::vector<pair_of_deaths> all_pairs() {
  std::vector<pair_of_deaths> all;
  for (const auto& first : parts)
    for (const auto& second : parts)
      all.push_back({first, second});
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(two_parts_that_die_within_each_others_backoff)

BOOST_AUTO_TEST_CASE(each_part_runs_once_to_begin_with) {
  whole_supervisor world;
  for (const auto& [part, running] : world.running())
    BOOST_TEST(running == 1, part);
}

// Which of the two restarts comes first is left to chance: several seeds meet both orders.
BOOST_DATA_TEST_CASE(leave_each_part_running_once, boost::unit_test::data::make(all_pairs()),
                     pair) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    whole_supervisor world{seed};
    world.crash(pair.first);
    world.crash(pair.second);
    world.advance(10s);
    for (const auto& [part, running] : world.running())
      BOOST_TEST(running == 1, part << ", seed " << seed);
    BOOST_TEST(world.given_up == 0);
  }
}

BOOST_DATA_TEST_CASE(also_after_more_than_one_death, boost::unit_test::data::make(all_pairs()),
                     pair) {
  whole_supervisor world;
  for (int i = 0; i < 4; ++i) {
    world.crash(pair.first);
    world.crash(pair.second);
    world.advance(20ms * i);
  }
  world.advance(10s);
  for (const auto& [part, running] : world.running())
    BOOST_TEST(running == 1, part);
  BOOST_TEST(world.given_up == 0);
}

BOOST_AUTO_TEST_SUITE_END()
