#define BOOST_TEST_MODULE wake_timer
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "runtime/clock/deadlines.hpp"
#include "runtime/clock/pending_answers.hpp"
#include "runtime/clock/wake_timer.hpp"

using namespace acr;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(wake_timer_suite)

BOOST_AUTO_TEST_CASE(one_message_is_on_its_way_until_an_earlier_one_is_needed) {
  wake_timer timer;
  BOOST_TEST(!timer.arm(1s, std::nullopt));
  BOOST_TEST((timer.arm(1s, 11s) == 10s));
  const auto first = timer.number();
  BOOST_TEST(!timer.arm(2s, 12s));
  BOOST_TEST(!timer.arm(2s, 11s));
  BOOST_TEST((timer.arm(2s, 5s) == 3s));
  BOOST_TEST(!timer.woken(first));
  BOOST_TEST(timer.woken(timer.number()));
  BOOST_TEST((timer.arm(5s, 12s) == 7s));
}

BOOST_AUTO_TEST_CASE(what_is_overdue_is_due_at_once) {
  wake_timer timer;
  BOOST_TEST((timer.arm(9s, 3s) == 0s));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(deadlines_suite)

BOOST_AUTO_TEST_CASE(each_question_is_answered_once) {
  pending_answers<std::string> open;
  std::vector<std::string> heard;
  const auto ask = [&](std::chrono::milliseconds until) {
    return open.add(until, [&heard](const std::string& what) { heard.push_back(what); });
  };
  const auto first = ask(5s);
  const auto second = ask(9s);
  open.answer(second, "yes");
  open.answer(second, "yes again");
  BOOST_TEST((open.next() == 5s));
  open.give_up(4s, "too early");
  open.give_up(5s, "late");
  open.answer(first, "too late");
  BOOST_TEST(heard == (std::vector<std::string>{"yes", "late"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_answered_is_never_due) {
  deadlines open;
  open.set(1, 10s);
  open.set(2, 5s);
  open.set(3, 10s);
  BOOST_TEST((open.next() == 5s));
  BOOST_TEST(open.drop(1));
  BOOST_TEST(!open.drop(1));
  BOOST_TEST(open.take(4s).empty());
  BOOST_TEST(open.take(20s) == (std::vector<std::uint64_t>{2, 3}),
             boost::test_tools::per_element());
  BOOST_TEST(!open.drop(3)); // an answer that comes too late
  BOOST_TEST(!open.next());
}

BOOST_AUTO_TEST_SUITE_END()
