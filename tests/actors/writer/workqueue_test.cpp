#define BOOST_TEST_MODULE workqueue
#include <boost/test/unit_test.hpp>

#include <set>

#include "actors/writer/workqueue.hpp"

using namespace acr;
using namespace std::chrono_literals;
using time_point = workqueue::time;

namespace {

constexpr auto first = write_priority::first;
constexpr auto rest = write_priority::rest;

object_key key(const std::string& ns, const std::string& name = "default") {
  return account_key(ns, name);
}

struct queue_of_ten {
  void add(const std::string& ns, time_point when, time_point now = 0ms,
           write_priority priority = rest) {
    queue.add(key(ns), priority, when, now);
  }
  std::string take(time_point now) {
    const auto taken = queue.take(now);
    return taken ? taken->ns : "";
  }
  workqueue queue{10};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(workqueue_suite, queue_of_ten)

BOOST_AUTO_TEST_CASE(first_come_first_served_among_those_that_are_due) {
  add("late", 5ms);
  add("a", 1ms);
  add("b", 1ms);
  BOOST_TEST(take(1ms) == "a");
  BOOST_TEST(take(1ms) == "b");
  BOOST_TEST(take(4ms).empty());
  BOOST_TEST((queue.next(4ms) == 5ms));
  BOOST_TEST(take(5ms) == "late");
}

BOOST_AUTO_TEST_CASE(what_matters_more_comes_first) {
  add("renewal", 0ms);
  add("repair", 0ms, 0ms, write_priority::repair);
  add("expired", 0ms, 0ms, write_priority::withdrawal);
  add("new", 0ms, 0ms, first);
  for (const auto* expected : {"new", "expired", "repair", "renewal"})
    BOOST_TEST(take(0ms) == expected);
}

BOOST_AUTO_TEST_CASE(what_comes_to_matter_more_moves_up_and_is_not_done_twice) {
  add("a", 0ms);
  add("b", 0ms);
  add("b", 0ms, 0ms, first);
  BOOST_TEST(take(0ms) == "b");
  BOOST_TEST(take(0ms) == "a");
  BOOST_TEST(take(0ms).empty());
  BOOST_TEST(!queue.next(0ms));
}

BOOST_AUTO_TEST_CASE(namespaces_take_turns) {
  for (int i = 0; i < 5; ++i)
    queue.add(key("large", "robot-" + std::to_string(i)), first, 0ms, 0ms);
  queue.add(key("small"), first, 0ms, 0ms);
  BOOST_TEST(take(0ms) == "large");
  BOOST_TEST(take(0ms) == "small");
  BOOST_TEST(take(0ms) == "large");
}

BOOST_AUTO_TEST_CASE(a_key_waits_once_and_the_earlier_time_counts) {
  add("a", 5ms);
  add("a", 2ms);
  add("a", 9ms);
  BOOST_TEST(take(2ms) == "a");
  queue.done(key("a"), 2ms);
  BOOST_TEST(take(100ms).empty());
  BOOST_TEST(queue.idle(0s));
}

BOOST_AUTO_TEST_CASE(a_key_in_work_is_not_handed_out_again_until_it_is_done) {
  add("a", 0ms);
  BOOST_TEST(take(0ms) == "a");
  add("a", 0ms);
  BOOST_TEST(take(0ms).empty());
  queue.done(key("a"), 0ms);
  BOOST_TEST(take(0ms) == "a");
}

BOOST_AUTO_TEST_CASE(no_more_than_the_bound_are_in_work) {
  queue = workqueue{2};
  for (const auto* ns : {"a", "b", "c"})
    add(ns, 0ms);
  take(0ms);
  take(0ms);
  BOOST_TEST(take(0ms).empty());
  BOOST_TEST(!queue.next(0ms)); // only a `done` can change something
  queue.done(key("a"), 0ms);
  BOOST_TEST(take(0ms) == "c");
}

BOOST_AUTO_TEST_CASE(a_failed_key_waits_out_its_delay_whatever_is_added) {
  add("a", 0ms);
  take(0ms);
  queue.failed(key("a"), 0ms, 10ms);
  add("a", 1ms, 1ms, first);
  BOOST_TEST(take(9ms).empty());
  BOOST_TEST(queue.failures(key("a")) == 1U);
  BOOST_TEST(take(10ms) == "a");
  queue.failed(key("a"), 10ms, 20ms);
  BOOST_TEST(queue.failures(key("a")) == 2U);
  BOOST_TEST(take(30ms) == "a");
  queue.succeeded(key("a"));
  queue.done(key("a"), 30ms);
  BOOST_TEST(queue.failures(key("a")) == 0U);
}

BOOST_AUTO_TEST_CASE(other_work_in_a_namespace_does_not_wait_for_what_failed) {
  add("a", 0ms);
  take(0ms);
  queue.failed(key("a"), 0ms, 50s);
  queue.start_again("b");
  add("a", 1ms, 1ms);
  BOOST_TEST(take(1ms).empty());
  queue.start_again("a");
  BOOST_TEST(queue.failures(key("a")) == 0U);
  add("a", 1ms, 1ms);
  BOOST_TEST(take(1ms) == "a");
}

BOOST_AUTO_TEST_CASE(an_attempt_that_failed_and_worked_all_the_same_counts_as_a_write) {
  for (int i = 0; i < write_limit::burst; ++i) {
    BOOST_TEST((queue.allowed_at(key("a"), 0ms) == 0ms));
    queue.failed(key("a"), 0ms, 1ms, true);
    queue.failed(key("b"), 0ms, 1ms, false);
    queue.settled(key("a"), 0ms);
    queue.settled(key("b"), 0ms);
    BOOST_TEST(queue.failures(key("a")) == 0U);
  }
  BOOST_TEST((queue.allowed_at(key("a"), 0ms) > 0ms));
  BOOST_TEST((queue.allowed_at(key("b"), 0ms) == 0ms));
}

BOOST_AUTO_TEST_CASE(objects_that_hang_take_a_third_of_the_places_at_most) {
  for (int i = 0; i < 10; ++i)
    add("hangs-" + std::to_string(i), 0ms);
  for (int i = 0; i < 10; ++i)
    queue.failed(key(take(0ms)), 0ms, 1s);
  for (int i = 0; i < 10; ++i)
    add("fine-" + std::to_string(i), 1s, 1s);
  std::multiset<bool> taken; // true: one that has failed
  while (true) {
    const auto ns = take(1s);
    if (ns.empty())
      break;
    taken.insert(ns.starts_with("hangs"));
  }
  BOOST_TEST(taken.count(true) == 2U);
  BOOST_TEST(taken.count(false) == 8U);
  for (int i = 0; i < 10; ++i)
    queue.done(key("fine-" + std::to_string(i)), 1s);
  int hanging = 2;
  for (auto ns = take(1s); !ns.empty(); ns = take(1s))
    hanging += ns.starts_with("hangs") ? 1 : 0;
  BOOST_TEST(hanging == 3);
}

BOOST_AUTO_TEST_CASE(a_pause_holds_everything_back) {
  add("a", 0ms);
  queue.pause(50ms);
  queue.pause(20ms); // an earlier end does not shorten it
  BOOST_TEST(take(49ms).empty());
  BOOST_TEST((queue.next(0ms) == 50ms));
  BOOST_TEST(take(50ms) == "a");
}

BOOST_AUTO_TEST_CASE(what_is_forgotten_does_not_come_back) {
  add("a", 0ms);
  add("b", 0ms);
  add("b", 5ms);
  take(0ms);
  add("a", 0ms);
  queue.forget(key("a"));
  queue.forget_namespace("b");
  queue.done(key("a"), 0ms);
  BOOST_TEST(take(100ms).empty());
  BOOST_TEST(queue.idle(100ms));
}

BOOST_AUTO_TEST_CASE(what_is_to_be_looked_at_later_is_no_work_yet) {
  add("later", 1min);
  BOOST_TEST(queue.idle(0s));
  BOOST_TEST(queue.waiting(0s) == 0U);
  BOOST_TEST(!queue.idle(59500ms)); // about to begin
  BOOST_TEST(queue.waiting(1min) == 1U);
  BOOST_TEST(take(1min) == "later");
  BOOST_TEST(!queue.idle(1min));
  queue.failed(key("later"), 1min, 1min);
  BOOST_TEST(!queue.idle(1min));
  BOOST_TEST(queue.waiting(1min) == 1U); // it has failed
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(limit_of_writes)

BOOST_AUTO_TEST_CASE(a_few_follow_at_once_and_then_ever_fewer) {
  workqueue queue{10};
  std::vector<time_point> writes;
  for (time_point now = 0ms; now <= 30min; now += 1ms) // a rival undoes each within a millisecond
    if (queue.allowed_at(key("a"), now) <= now) {
      queue.written(key("a"), now);
      writes.push_back(now);
    }
  const auto within = [&](time_point from, time_point until) {
    return std::count_if(writes.begin(), writes.end(),
                         [&](auto at) { return at >= from && at < until; });
  };
  BOOST_TEST(within(0ms, 1s) == 3);
  BOOST_TEST(within(0ms, 1min) <= 5);
  BOOST_TEST(within(1min, 2min) <= 2);
  BOOST_TEST(within(20min, 30min) <= 3);
  BOOST_TEST(within(20min, 30min) >= 1); // it does not give up
}

BOOST_AUTO_TEST_CASE(it_recovers_and_others_are_not_concerned) {
  workqueue queue{10};
  for (int i = 0; i < 3; ++i)
    queue.written(key("a"), 0ms);
  BOOST_TEST((queue.allowed_at(key("a"), 0ms) > 0ms));
  BOOST_TEST((queue.allowed_at(key("b"), 0ms) == 0ms));
  BOOST_TEST(queue.contested(key("a"), 0ms));
  BOOST_TEST(queue.contested(key("a"), 50s));
  const auto over = queue.uncontested_at(key("a"));
  BOOST_TEST(!queue.contested(key("a"), over));
  BOOST_TEST((queue.allowed_at(key("a"), over) == over));
}

BOOST_AUTO_TEST_CASE(an_object_left_alone_for_a_minute_is_repaired_at_once) {
  workqueue queue{10};
  auto now = 0ms;
  for (int i = 0; i < 200; ++i) { // an hour of rivalry: the pauses are at their longest
    now = queue.allowed_at(key("a"), now);
    queue.written(key("a"), now);
  }
  BOOST_TEST((queue.allowed_at(key("a"), now + 30s) > now + 1min));
  queue.written(key("a"), now += 5min);
  now += 90s; // the rival is gone, and somebody else deletes the object
  BOOST_TEST((queue.allowed_at(key("a"), now) == now));
}

BOOST_AUTO_TEST_CASE(a_rival_that_waits_a_minute_now_and_then_gains_nothing) {
  workqueue queue{10};
  int writes = 0;
  for (time_point now = 0ms; now < 10h;) {
    const bool waits = writes % 2 == 0;
    now = queue.allowed_at(key("a"), waits ? now + 1min : now);
    queue.written(key("a"), now);
    ++writes;
  }
  BOOST_TEST(writes < 1200); // I14: 120 in an hour
}

BOOST_AUTO_TEST_CASE(a_tool_that_restores_its_list_each_half_minute_is_answered_each_time) {
  workqueue queue{10};
  for (time_point now = 0ms; now < 1h; now += 30s) {
    BOOST_TEST((queue.allowed_at(key("a"), now) == now));
    queue.written(key("a"), now);
  }
}

BOOST_AUTO_TEST_SUITE_END()
