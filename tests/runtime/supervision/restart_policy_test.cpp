#define BOOST_TEST_MODULE restart_policy
#include <boost/test/unit_test.hpp>

#include "runtime/supervision/restart_policy.hpp"

using namespace acr;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(the_delay_doubles_up_to_its_cap) {
  restart_record record;
  auto now = 1h + 0ms;
  for (const auto expected : {100ms, 200ms, 400ms, 800ms}) {
    record.started(now);
    BOOST_TEST((record.died(now, 1.0) == expected));
  }
  for (int i = 0; i < 100; ++i)
    record.died(now, 1.0);
  BOOST_TEST((record.died(now, 1.0) == 30s));
  BOOST_TEST((record.died(now, 0.0) == 15s));
}

BOOST_AUTO_TEST_CASE(a_child_that_lived_well_begins_again) {
  restart_record record;
  record.started(0ms);
  record.died(1ms, 1.0);
  record.died(2ms, 1.0);
  record.started(10ms);
  BOOST_TEST((record.died(10ms + 1min, 1.0) == 100ms));
  BOOST_TEST(record.deaths() == 1U);
}

BOOST_AUTO_TEST_CASE(too_many_deaths_within_the_period_end_it) {
  restart_record record{{100ms, 30s, 1min, 2, 10s}};
  BOOST_TEST(record.died(0s, 0.0).has_value());
  BOOST_TEST(record.died(1s, 0.0).has_value());
  BOOST_TEST(record.died(11s, 0.0).has_value()); // the first two are long ago, or just so
  BOOST_TEST(record.died(12s, 0.0).has_value());
  BOOST_TEST(!record.died(13s, 0.0).has_value());
}
