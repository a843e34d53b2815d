#define BOOST_TEST_MODULE child_table
#include <boost/test/unit_test.hpp>

#include <caf/event_based_actor.hpp>

#include "runtime/supervision/child_table.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

struct table_fixture : actor_fixture {
  table_fixture() {
    limited.restarts.most_deaths = 2;
    patient.stop_timeout = 10s;
  }

  caf::strong_actor_ptr child(const std::string& group, child_table::ms now = 0ms) {
    auto who = caf::actor_cast<caf::strong_actor_ptr>(track(system.spawn(
        [](caf::event_based_actor*, int) -> caf::behavior { return {[](int) {}}; }, 0)));
    table.add(who, group, now);
    return who;
  }

  child_spec limited, patient;
  child_table table{[this](const std::string& group) -> const child_spec& {
    return group == "patient" ? patient : limited;
  }};
};

using ended = std::vector<caf::strong_actor_ptr>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(child_table_suite, table_fixture)

BOOST_AUTO_TEST_CASE(a_group_is_stopped_in_the_reverse_order_of_starting_and_others_stay) {
  const auto first = child("a");
  const auto other = child("b");
  const auto second = child("a");
  BOOST_TEST((table.stop("a", 0ms) == ended{second, first}));
  BOOST_TEST((table.stop("b", 0ms) == ended{other}));
  BOOST_TEST(table.stop("b", 0ms).empty());
}

BOOST_AUTO_TEST_CASE(stopping_all_reaches_every_child_and_every_restart_that_is_armed) {
  const auto first = child("a");
  const auto second = child("b");
  const auto dead = child("c");
  table.gone(dead->address()); // nobody of its group lives
  table.stop("c", 0ms);
  const auto armed = table.generation("c");
  const auto third = child("a");
  BOOST_TEST((table.stop_all(0ms) == ended{third, second, first}));
  BOOST_TEST(table.generation("c") != armed);
  BOOST_TEST(!table.gone(first->address()));
  BOOST_TEST((table.until_late(0ms) == 2s));
  BOOST_TEST(table.stop_all(0ms).empty());
}

BOOST_AUTO_TEST_CASE(a_child_that_died_by_itself_names_its_group_once) {
  const auto one = child("a");
  BOOST_TEST((table.gone(one->address()) == "a"));
  BOOST_TEST(!table.gone(one->address()));
}

BOOST_AUTO_TEST_CASE(a_child_that_was_stopped_is_no_death) {
  const auto one = child("a");
  table.stop("a", 0ms);
  BOOST_TEST(!table.gone(one->address()));
  BOOST_TEST(!table.until_late(1h));
}

BOOST_AUTO_TEST_CASE(an_unknown_actor_is_no_childs_death) {
  const auto stranger = child("a");
  table.stop("a", 0ms);
  table.gone(stranger->address());
  child("a");
  BOOST_TEST(!table.gone(stranger->address()));
}

BOOST_AUTO_TEST_CASE(who_does_not_end_in_time_is_late_each_by_its_own_measure) {
  child("a");
  child("patient");
  BOOST_TEST(!table.until_late(0ms));
  table.stop("patient", 0ms);
  table.stop("a", 1s);
  BOOST_TEST((table.until_late(1s) == 2s));
  BOOST_TEST(!table.late(3s - 1ms));
  BOOST_TEST((table.late(3s) == "a"));
  BOOST_TEST((table.until_late(4s) == 0s)); // overdue: now
}

BOOST_AUTO_TEST_CASE(who_ended_in_time_is_not_waited_for) {
  const auto one = child("a");
  child("patient");
  table.stop("a", 0ms);
  table.stop("patient", 0ms);
  table.gone(one->address());
  BOOST_TEST(!table.late(9s));
  BOOST_TEST((table.until_late(0s) == 10s));
}

BOOST_AUTO_TEST_CASE(stopping_a_group_overtakes_a_restart_that_is_armed) {
  child("a");
  const auto armed = table.generation("a");
  table.stop("b", 0ms);
  BOOST_TEST(table.generation("a") == armed);
  table.stop("a", 0ms);
  BOOST_TEST(table.generation("a") != armed);
}

BOOST_AUTO_TEST_CASE(each_group_has_its_own_limit_of_deaths) {
  BOOST_TEST(table.died("a", 0ms, 0.0).has_value());
  BOOST_TEST(table.died("a", 1ms, 0.0).has_value());
  BOOST_TEST(table.deaths_in_a_row("a") == 2U);
  BOOST_TEST(table.died("b", 2ms, 0.0).has_value());
  BOOST_TEST(!table.died("a", 3ms, 0.0).has_value());
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(table.died("patient", 4ms, 0.0).has_value()); // no limit
}

BOOST_AUTO_TEST_CASE(the_death_of_one_that_lived_well_counts_as_the_first) {
  table.died("a", 0ms, 0.0);
  child("a", 1s);
  table.died("a", 1s + 1min, 0.0);
  BOOST_TEST(table.deaths_in_a_row("a") == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_forgiven_begins_again) {
  table.died("a", 0ms, 0.0);
  table.died("a", 0ms, 0.0);
  table.forgive("a");
  BOOST_TEST(table.deaths_in_a_row("a") == 0U);
  BOOST_TEST(table.died("a", 0ms, 0.0).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
