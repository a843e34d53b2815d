#define BOOST_TEST_MODULE work_queue
#include <boost/test/unit_test.hpp>

#include "actors/writer/work_queue.hpp"

using namespace acr;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(first_come_first_served_among_those_that_are_due) {
  work_queue queue{10};
  queue.add("late", 5ms);
  queue.add("a", 1ms);
  queue.add("b", 1ms);
  BOOST_TEST(queue.take(1ms).value() == "a");
  BOOST_TEST(queue.take(1ms).value() == "b");
  BOOST_TEST(!queue.take(4ms));
  BOOST_TEST((queue.next(4ms) == 5ms));
  BOOST_TEST(queue.take(5ms).value() == "late");
}

BOOST_AUTO_TEST_CASE(a_key_waits_once_and_the_earlier_time_counts) {
  work_queue queue{10};
  queue.add("a", 5ms);
  queue.add("a", 2ms);
  queue.add("a", 9ms);
  BOOST_TEST(queue.take(2ms).value() == "a");
  queue.done("a");
  BOOST_TEST(!queue.take(100ms));
  BOOST_TEST(queue.idle(0s));
}

BOOST_AUTO_TEST_CASE(a_key_in_work_is_not_handed_out_again_until_it_is_done) {
  work_queue queue{10};
  queue.add("a", 0ms);
  BOOST_TEST(queue.take(0ms).has_value());
  queue.add("a", 0ms);
  BOOST_TEST(!queue.take(0ms));
  queue.done("a");
  BOOST_TEST(queue.take(0ms).value() == "a");
}

BOOST_AUTO_TEST_CASE(no_more_than_the_bound_are_in_work) {
  work_queue queue{2};
  for (const auto* key : {"a", "b", "c"})
    queue.add(key, 0ms);
  queue.take(0ms);
  queue.take(0ms);
  BOOST_TEST(!queue.take(0ms));
  BOOST_TEST(!queue.next(0ms)); // only a `done` can change something
  queue.done("a");
  BOOST_TEST(queue.take(0ms).value() == "c");
}

BOOST_AUTO_TEST_CASE(a_failed_key_waits_out_its_delay_whatever_is_added) {
  work_queue queue{10};
  queue.add("a", 0ms);
  queue.take(0ms);
  queue.failed("a", 0ms, 10ms);
  queue.add("a", 1ms);
  BOOST_TEST(!queue.take(9ms));
  BOOST_TEST(queue.failures("a") == 1U);
  BOOST_TEST(queue.take(10ms).value() == "a");
  queue.failed("a", 10ms, 20ms);
  BOOST_TEST(queue.failures("a") == 2U);
  BOOST_TEST(queue.take(30ms).value() == "a");
  queue.succeeded("a");
  queue.done("a");
  BOOST_TEST(queue.failures("a") == 0U);
}

BOOST_AUTO_TEST_CASE(a_pause_holds_everything_back) {
  work_queue queue{10};
  queue.add("a", 0ms);
  queue.pause(50ms);
  queue.pause(20ms); // an earlier end does not shorten it
  BOOST_TEST(!queue.take(49ms));
  BOOST_TEST((queue.next(0ms) == 50ms));
  BOOST_TEST(queue.take(50ms).has_value());
}

BOOST_AUTO_TEST_CASE(a_forgotten_key_does_not_come_back) {
  work_queue queue{10};
  queue.add("a", 0ms);
  queue.take(0ms);
  queue.add("a", 0ms);
  queue.forget("a");
  queue.done("a");
  BOOST_TEST(!queue.take(100ms));
}

BOOST_AUTO_TEST_CASE(what_is_to_be_looked_at_later_is_no_work_yet) {
  work_queue queue{2};
  queue.add("later", 1min);
  BOOST_TEST(queue.idle(0s));
  BOOST_TEST(queue.waiting(0s) == 0U);
  BOOST_TEST(!queue.idle(59500ms)); // about to begin
  BOOST_TEST(queue.waiting(1min) == 1U);
  BOOST_TEST((queue.take(1min) == "later"));
  BOOST_TEST(!queue.idle(1min));
  queue.failed("later", 1min, 1min);
  BOOST_TEST(!queue.idle(1min));
  BOOST_TEST(queue.waiting(1min) == 1U); // in vain
}
