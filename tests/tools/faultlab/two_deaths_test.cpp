#define BOOST_TEST_MODULE two_deaths
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <caf/actor_registry.hpp>

#include "tools/faultlab/run.hpp"

// Two components die, the second while the first waits to be started again. Every ordered pair,
// with several spans between them: a component must not be started twice, and none must be
// forgotten.

using namespace acr;
using namespace acr::faultlab;
using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

namespace {

constexpr ms first_death = 3min;
/// How often the first one dies, two seconds apart, so that it waits ever longer; and how long
/// after its last death the second one dies.
struct course {
  int deaths;
  ms span;
};
const std::vector<std::string> components{
    "writer",     "namespaces", "config",   "gateway",
    "kubernetes", "cloud",      "identity", "token cri-lab0000000000",
    "elector"};

/// A renewal follows the deaths, and somebody changes what a writer that lives on would undo.
scenario story(bool elect) {
  scenario about;
  about.name = "two deaths";
  about.lasts = 14min;
  about.world.instances = 2;
  about.world.namespaces = 2;
  about.world.identity = "mixed";
  about.world.elect = elect;
  about.world.threshold = 150s;
  about.world.password = 600s;
  about.timeline.push_back({11min, 0ms, "do", "delete-secret", {{"namespace", "team-0"}}});
  return about;
}

struct result_of_run {
  outcome out;
  std::size_t actors = 0;
  int gave_up = 0;
};

result_of_run play(const scenario& about) {
  result_of_run seen;
  run_wishes wishes;
  wishes.stop_at_first = true; // two writers write thousands of times
  wishes.at_the_end = [&seen](stage& world) {
    seen.actors = world.time().on(0).system().registry().running();
    seen.gave_up = world.helper().gave_up();
  };
  seen.out = run(about, wishes);
  return seen;
}

void play_all_pairs(bool elect, const std::vector<course>& courses) {
  const auto calm = play(story(elect));
  for (const auto& one : calm.out.violations)
    BOOST_ERROR("undisturbed: " << one.invariant << " " << one.what);
  for (const auto& first : components)
    for (const auto& second : components)
      for (const auto& [deaths, span] : courses) {
        auto about = story(elect);
        auto at = first_death;
        for (int i = 0; i < deaths; ++i) {
          at = first_death + i * 2s;
          about.timeline.push_back({at, 0ms, "helper", "actor-dies", {{"actor", first}}});
        }
        about.timeline.push_back({at + span, 0ms, "helper", "actor-dies", {{"actor", second}}});
        const auto seen = play(about);
        const auto who = first + " dies " + std::to_string(deaths) + " times, " + second + " " +
                         write_span(span) + " later: ";
        for (const auto& one : seen.out.violations)
          BOOST_ERROR(who << one.invariant << " at " << write_span(one.at) << ": " << one.what);
        // An identity starts the first of its sources when it is asked.
        if (seen.actors > calm.actors || seen.actors + 1 < calm.actors)
          BOOST_ERROR(who << seen.actors << " actors are left, not " << calm.actors);
        BOOST_TEST(seen.gave_up == 0, who << "the process ended");
      }
}

} // namespace

BOOST_AUTO_TEST_CASE(of_two_components_that_die_within_each_others_backoff_each_is_started_once) {
  play_all_pairs(true, {{1, 1ms}, {3, 20ms}, {4, 300ms}});
}

BOOST_AUTO_TEST_CASE(the_same_without_a_lease) { play_all_pairs(false, {{3, 20ms}}); }
