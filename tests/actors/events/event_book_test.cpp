#define BOOST_TEST_MODULE event_book
#include <boost/test/unit_test.hpp>

#include "actors/events/event_book.hpp"
#include "tests/support/print.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

event_wish about(const std::string& topic, const std::string& reason, const std::string& gist = "",
                 bool minor = false) {
  event_wish wish{topic, gist, minor, {}};
  wish.note.about = {{"kube-system", topic}, "uid of " + topic, "1"};
  wish.note.reason = reason;
  return wish;
}

kubernetes::object_meta named(const std::string& name) { return {{"kube-system", name}, "u", "2"}; }

failure because(errc code) { return make_failure(code, "write event", ""); }

/// Sends what is due, and answers with success.
std::vector<event_book::request> send_all(event_book& book, event_book::ms now) {
  std::vector<event_book::request> sent;
  while (auto next = book.take(now)) {
    sent.push_back(*next);
    const auto name = next->name.empty() ? "e" + std::to_string(sent.size()) : next->name;
    BOOST_TEST((book.answered(named(name), now) == event_outcome::written));
  }
  return sent;
}

} // namespace

BOOST_AUTO_TEST_CASE(what_is_new_is_created_at_once) {
  event_book book;
  BOOST_TEST((book.wish(about("a", "Bad"), 0ms) == event_outcome::written));
  const auto sent = send_all(book, 0ms);
  BOOST_REQUIRE_EQUAL(sent.size(), 1U);
  BOOST_TEST(sent[0].name.empty());
  BOOST_TEST(sent[0].note.reason == "Bad");
}

BOOST_AUTO_TEST_CASE(the_same_again_is_kept_quiet_and_then_counted_in_place) {
  event_book book;
  book.wish(about("a", "Bad", "x"), 0ms);
  send_all(book, 0ms);
  for (auto now = event_book::ms{1s}; now < 10min; now += 1min)
    BOOST_TEST((book.wish(about("a", "Bad", "x"), now) == event_outcome::suppressed));
  BOOST_TEST(!book.take(10min));
  BOOST_TEST((book.wish(about("a", "Bad", "x"), 10min) == event_outcome::written));
  const auto sent = send_all(book, 10min);
  BOOST_REQUIRE_EQUAL(sent.size(), 1U);
  BOOST_TEST(sent[0].name == "e1");
  BOOST_TEST(sent[0].count == 12U); // 1 + 10 kept quiet + this one
}

BOOST_AUTO_TEST_CASE(a_change_and_a_change_back_are_each_told_at_once) {
  event_book book;
  book.wish(about("a", "Rejected", "x"), 0ms);
  send_all(book, 0ms);
  BOOST_TEST((book.wish(about("a", "Accepted"), 1s) == event_outcome::written));
  BOOST_TEST(send_all(book, 1s).at(0).name.empty());
  BOOST_TEST((book.wish(about("a", "Rejected", "x"), 2s) == event_outcome::written));
  const auto sent = send_all(book, 2s);
  BOOST_REQUIRE_EQUAL(sent.size(), 1U);
  BOOST_TEST(sent[0].count == 2U); // the Event of before is counted up
  BOOST_TEST((book.wish(about("a", "Rejected", "y"), 3s) == event_outcome::written)); // another one
}

BOOST_AUTO_TEST_CASE(topics_do_not_keep_each_other_quiet) {
  event_book book;
  book.wish(about("a", "Bad", "x"), 0ms);
  BOOST_TEST((book.wish(about("b", "Bad", "x"), 0ms) == event_outcome::written));
  BOOST_TEST(send_all(book, 0ms).size() == 2U);
}

BOOST_AUTO_TEST_CASE(another_object_of_the_same_name_gets_an_event_of_its_own) {
  event_book book;
  book.wish(about("a", "Bad", "x"), 0ms);
  send_all(book, 0ms);
  auto again = about("a", "Bad", "y");
  again.note.about.uid = "another";
  book.wish(again, 1s);
  BOOST_TEST(send_all(book, 1s).at(0).name.empty());
}

BOOST_AUTO_TEST_CASE(an_event_that_has_aged_away_is_created_anew) {
  event_book book;
  book.wish(about("a", "Bad"), 0ms);
  send_all(book, 0ms);
  book.wish(about("a", "Bad"), 50min); // servers keep them for an hour
  BOOST_TEST(send_all(book, 50min).at(0).name.empty());

  book.wish(about("a", "Bad"), 61min);
  BOOST_TEST(book.take(61min)->name == "e1");
  BOOST_TEST(!book.answered(because(errc::not_found), 61min)); // but this one did not
  BOOST_TEST(book.take(61min)->name.empty());
}

BOOST_AUTO_TEST_CASE(there_is_a_budget_and_minor_events_leave_some_of_it) {
  event_book book;
  int minor = 0;
  while (book.wish(about("n" + std::to_string(minor), "Bad", "", true), 0ms) ==
         event_outcome::written)
    ++minor;
  BOOST_TEST(minor == 20);
  int others = 0;
  while (book.wish(about("a", "Bad", std::to_string(others)), 0ms) == event_outcome::written)
    ++others;
  BOOST_TEST(others == 10);
  // It comes back with time, and what was dropped counts as not said.
  BOOST_TEST(
      (book.wish(about("a", "Bad", std::to_string(others)), 1min) == event_outcome::written));
  BOOST_TEST((book.wish(about("a", "Bad", "more"), 1min) == event_outcome::dropped));
}

BOOST_AUTO_TEST_CASE(no_history_exceeds_the_budget_of_an_hour) {
  event_book book;
  int written = 0;
  for (auto now = event_book::ms{0}; now < 10h; now += 100ms)
    written += book.wish(about("a", now.count() % 200 == 0 ? "Bad" : "Good"), now) ==
               event_outcome::written;
  BOOST_TEST(written <= 30 + 10 * 60);
  BOOST_TEST(written > 10 * 55);
}

BOOST_AUTO_TEST_CASE(one_request_at_a_time_in_order) {
  event_book book;
  book.wish(about("a", "First"), 0ms);
  book.wish(about("b", "Second"), 0ms);
  BOOST_TEST(book.take(0ms)->note.reason == "First");
  BOOST_TEST(!book.take(0ms));
  BOOST_TEST(!book.wait(0ms));
  book.answered(named("e"), 0ms);
  BOOST_TEST((book.wait(0ms) == 0ms));
  BOOST_TEST(book.take(0ms)->note.reason == "Second");
}

BOOST_AUTO_TEST_CASE(what_may_pass_is_tried_again_with_growing_pauses_and_then_given_up) {
  event_book book;
  book.wish(about("a", "Bad"), 0ms);
  auto now = event_book::ms{0};
  for (const auto pause : {2s, 4s, 8s}) {
    BOOST_REQUIRE(book.take(now));
    BOOST_TEST(!book.answered(because(errc::connect_failed), now));
    BOOST_TEST((book.wait(now) == pause));
    BOOST_TEST(!book.take(now + pause - 1ms));
    now += pause;
  }
  BOOST_REQUIRE(book.take(now));
  BOOST_TEST((book.answered(because(errc::connect_failed), now) == event_outcome::failed));
  BOOST_TEST(!book.wait(now));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_not_argued_with) {
  event_book book;
  book.wish(about("a", "Bad"), 0ms);
  book.take(0ms);
  BOOST_TEST((book.answered(because(errc::denied), 0ms) == event_outcome::failed));
}

BOOST_AUTO_TEST_CASE(topics_are_forgotten_in_the_end) {
  event_limits limits;
  limits.topics = 3;
  limits.burst = 1e9;
  event_book book{limits};
  for (int i = 0; i < 3; ++i)
    book.wish(about("n" + std::to_string(i), "Bad"), 0ms);
  book.wish(about("n3", "Bad"), 11min); // the old ones would be told again anyway
  BOOST_TEST((book.wish(about("n3", "Bad"), 12min) == event_outcome::suppressed));
}
