#define BOOST_TEST_MODULE configuration_brake
#include <boost/test/unit_test.hpp>

#include <vector>

#include "actors/supervision/configuration_brake.hpp"

using namespace acr;
using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

namespace {

/// Follows a configuration that changes every `each` until `end`; returns when.
std::vector<ms> follow(configuration_brake& brake, ms begin, ms end, ms each) {
  std::vector<ms> times;
  for (auto now = begin; now < end; now += each)
    if (brake.wait(now) == 0ms) {
      brake.followed(now);
      times.push_back(now);
    }
  return times;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_first_changes_are_followed_at_once_and_further_ones_ever_later) {
  configuration_brake brake;
  const auto times = follow(brake, 1h, 1h + 70s, 1s);
  const std::vector<ms> expected{1h,      1h + 1s,  1h + 2s,  1h + 3s, 1h + 4s,
                                 1h + 9s, 1h + 19s, 1h + 39s, 1h + 69s};
  BOOST_TEST((times == expected));
}

BOOST_AUTO_TEST_CASE(the_wait_counts_from_the_last_one_that_was_followed) {
  configuration_brake brake;
  follow(brake, 0s, 5s, 1s);
  BOOST_TEST((brake.wait(4s) == 5s));
  BOOST_TEST((brake.wait(8s) == 1s));
  BOOST_TEST((brake.wait(8500ms) == 500ms));
  BOOST_TEST((brake.wait(9s) == 0ms));
}

BOOST_AUTO_TEST_CASE(changes_for_ever_are_followed_twice_a_minute) {
  configuration_brake brake;
  follow(brake, 0s, 10min, 50ms);
  BOOST_TEST(follow(brake, 10min, 20min, 50ms).size() == 20U);
}

BOOST_AUTO_TEST_CASE(who_changes_it_twice_a_minute_never_waits) {
  configuration_brake brake;
  BOOST_TEST(follow(brake, 0s, 1h, 30s).size() == 120U);
}

BOOST_AUTO_TEST_CASE(quiet_gives_all_of_it_back) {
  configuration_brake brake;
  follow(brake, 0s, 10min, 50ms);
  BOOST_TEST(follow(brake, 1h, 1h + 5s, 1s).size() == 5U);
}
