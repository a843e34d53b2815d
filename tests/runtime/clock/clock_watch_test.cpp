#define BOOST_TEST_MODULE clock_watch
#include <boost/test/unit_test.hpp>

#include <atomic>

#include "runtime/clock/clock_watch.hpp"

using namespace acr;

// That the kernel wakes it needs a clock that may be set; what is asked of it then is tested with
// the state machine that hears of it (actors/token_life).

BOOST_AUTO_TEST_CASE(ends_at_once_and_tells_nothing_while_nothing_happens) {
  std::atomic<int> told = 0;
  {
    clock_watch watch{[&](std::chrono::milliseconds) { ++told; }};
  }
  BOOST_TEST(told == 0);
}
