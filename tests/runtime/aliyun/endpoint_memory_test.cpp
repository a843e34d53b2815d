#define BOOST_TEST_MODULE endpoint_memory
#include <boost/test/unit_test.hpp>

#include "runtime/aliyun/endpoint_memory.hpp"

using namespace acr::aliyun;
using namespace std::chrono_literals;

using order = std::vector<std::size_t>;

namespace {
const endpoint_memory::time_point start{1h};
} // namespace

BOOST_AUTO_TEST_CASE(at_first_the_best_is_first) {
  BOOST_TEST((endpoint_memory{}.order(3, start) == order{0, 1, 2}));
}

BOOST_AUTO_TEST_CASE(the_one_that_worked_comes_first_for_ten_minutes) {
  endpoint_memory memory;
  memory.reached(1, start);
  BOOST_TEST((memory.order(3, start + 10min - 1ms) == order{1, 0, 2}));
  BOOST_TEST((memory.order(3, start + 10min) == order{0, 1, 2}));
}

BOOST_AUTO_TEST_CASE(working_on_does_not_prolong_the_ten_minutes) {
  endpoint_memory memory;
  memory.reached(1, start);
  memory.reached(1, start + 9min);
  BOOST_TEST((memory.order(2, start + 10min) == order{0, 1}));
}

BOOST_AUTO_TEST_CASE(a_better_one_that_failed_again_is_left_for_another_ten_minutes) {
  endpoint_memory memory;
  memory.reached(1, start);
  memory.reached(1, start + 10min);
  BOOST_TEST((memory.order(2, start + 19min) == order{1, 0}));
}

BOOST_AUTO_TEST_CASE(a_better_one_that_works_again_takes_over) {
  endpoint_memory memory;
  memory.reached(1, start);
  memory.reached(0, start + 1min);
  BOOST_TEST((memory.order(2, start + 2min) == order{0, 1}));
}

BOOST_AUTO_TEST_CASE(fewer_endpoints_than_remembered_are_tried_in_their_order) {
  endpoint_memory memory;
  memory.reached(1, start);
  BOOST_TEST((memory.order(1, start) == order{0}));
}
