#define BOOST_TEST_MODULE event_aggregator
#include <boost/test/unit_test.hpp>

#include "actors/events/event_aggregator.hpp"
#include "tests/support/print.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

event_request about(const std::string& topic, const std::string& reason,
                    const std::string& gist = "", event_weight weight = event_weight::ordinary) {
  event_request request{topic, gist, weight, {}};
  request.note.about = {{"kube-system", topic}, "uid of " + topic, "1"};
  request.note.reason = reason;
  return request;
}

kubernetes::object_meta named(const std::string& name) { return {{"kube-system", name}, "u", "2"}; }

failure because(errc code) { return make_failure(code, "write event", ""); }

event_request answer_to(std::size_t request) {
  auto out = about("renewal", "RenewalDone", std::to_string(request), event_weight::answer);
  out.own = true;
  out.note.message = std::to_string(request);
  return out;
}

void use_up(event_aggregator& aggregator) {
  int i = 0;
  while (aggregator.submit(about(std::to_string(i), "Failing"), 0ms) == event_outcome::written)
    ++i;
  BOOST_TEST(i == 30);
}

/// Sends what is due, and answers with success.
std::vector<event_aggregator::request> send_all(event_aggregator& aggregator,
                                                event_aggregator::ms now) {
  std::vector<event_aggregator::request> sent;
  while (auto next = aggregator.take(now)) {
    sent.push_back(*next);
    const auto name = next->name.empty() ? "e" + std::to_string(sent.size()) : next->name;
    BOOST_TEST((aggregator.answered(named(name), now) == event_outcome::written));
  }
  return sent;
}

} // namespace

BOOST_AUTO_TEST_CASE(what_is_new_is_created_at_once) {
  event_aggregator aggregator;
  BOOST_TEST((aggregator.submit(about("a", "Bad"), 0ms) == event_outcome::written));
  const auto sent = send_all(aggregator, 0ms);
  BOOST_REQUIRE_EQUAL(sent.size(), 1U);
  BOOST_TEST(sent[0].name.empty());
  BOOST_TEST(sent[0].note.reason == "Bad");
}

BOOST_AUTO_TEST_CASE(the_same_again_is_kept_quiet_and_then_counted_in_place) {
  event_aggregator aggregator;
  aggregator.submit(about("a", "Bad", "x"), 0ms);
  send_all(aggregator, 0ms);
  for (auto now = event_aggregator::ms{1s}; now < 10min; now += 1min)
    BOOST_TEST((aggregator.submit(about("a", "Bad", "x"), now) == event_outcome::suppressed));
  BOOST_TEST(!aggregator.take(10min));
  BOOST_TEST((aggregator.submit(about("a", "Bad", "x"), 10min) == event_outcome::written));
  const auto sent = send_all(aggregator, 10min);
  BOOST_REQUIRE_EQUAL(sent.size(), 1U);
  BOOST_TEST(sent[0].name == "e1");
  BOOST_TEST(sent[0].count == 12U); // 1 + 10 kept quiet + this one
}

BOOST_AUTO_TEST_CASE(a_change_and_a_change_back_are_each_reported_at_once) {
  event_aggregator aggregator;
  aggregator.submit(about("a", "Rejected", "x"), 0ms);
  send_all(aggregator, 0ms);
  BOOST_TEST((aggregator.submit(about("a", "Accepted"), 1s) == event_outcome::written));
  BOOST_TEST(send_all(aggregator, 1s).at(0).name.empty());
  BOOST_TEST((aggregator.submit(about("a", "Rejected", "x"), 2s) == event_outcome::written));
  const auto sent = send_all(aggregator, 2s);
  BOOST_REQUIRE_EQUAL(sent.size(), 1U);
  BOOST_TEST(sent[0].count == 2U); // the Event of before is counted up
  BOOST_TEST((aggregator.submit(about("a", "Rejected", "y"), 3s) ==
              event_outcome::written)); // another one
}

BOOST_AUTO_TEST_CASE(topics_do_not_keep_each_other_quiet) {
  event_aggregator aggregator;
  aggregator.submit(about("a", "Bad", "x"), 0ms);
  BOOST_TEST((aggregator.submit(about("b", "Bad", "x"), 0ms) == event_outcome::written));
  BOOST_TEST(send_all(aggregator, 0ms).size() == 2U);
}

BOOST_AUTO_TEST_CASE(another_object_of_the_same_name_gets_an_event_of_its_own) {
  event_aggregator aggregator;
  aggregator.submit(about("a", "Bad", "x"), 0ms);
  send_all(aggregator, 0ms);
  auto again = about("a", "Bad", "y");
  again.note.about.uid = "another";
  aggregator.submit(again, 1s);
  BOOST_TEST(send_all(aggregator, 1s).at(0).name.empty());
}

BOOST_AUTO_TEST_CASE(an_event_that_has_aged_away_is_created_anew) {
  event_aggregator aggregator;
  aggregator.submit(about("a", "Bad"), 0ms);
  send_all(aggregator, 0ms);
  aggregator.submit(about("a", "Bad"), 50min); // servers keep them for an hour
  BOOST_TEST(send_all(aggregator, 50min).at(0).name.empty());

  aggregator.submit(about("a", "Bad"), 61min);
  BOOST_TEST(aggregator.take(61min)->name == "e1");
  BOOST_TEST(!aggregator.answered(because(errc::not_found), 61min)); // but this one did not
  BOOST_TEST(aggregator.take(61min)->name.empty());
}

BOOST_AUTO_TEST_CASE(there_is_a_budget_and_minor_events_leave_some_of_it) {
  event_aggregator aggregator;
  int minor = 0;
  while (aggregator.submit(about(std::to_string(minor), "Bad", "", event_weight::minor), 0ms) ==
         event_outcome::written)
    ++minor;
  BOOST_TEST(minor == 20);
  int others = 0;
  while (aggregator.submit(about("a", "Bad", std::to_string(others)), 0ms) ==
         event_outcome::written)
    ++others;
  BOOST_TEST(others == 10);
  // It comes back with time, and what was dropped counts as not said.
  BOOST_TEST((aggregator.submit(about("a", "Bad", std::to_string(others)), 1min) ==
              event_outcome::written));
  BOOST_TEST((aggregator.submit(about("a", "Bad", "more"), 1min) == event_outcome::dropped));
}

BOOST_AUTO_TEST_CASE(an_answer_is_sent_first_although_the_budget_is_used_up) {
  event_aggregator aggregator;
  use_up(aggregator);
  BOOST_TEST((aggregator.submit(answer_to(1), 0ms) == event_outcome::written));
  BOOST_TEST(
      (aggregator.submit(about("configuration", "ConfigurationRejected", "x", event_weight::answer),
                         0ms) == event_outcome::written));
  const auto sent = send_all(aggregator, 0ms);
  BOOST_REQUIRE_EQUAL(sent.size(), 32U);
  BOOST_TEST(sent[0].note.reason == "RenewalDone");
  BOOST_TEST(sent[1].note.reason == "ConfigurationRejected");
}

BOOST_AUTO_TEST_CASE(answers_to_two_requests_are_two_events) {
  event_aggregator aggregator;
  aggregator.submit(answer_to(1), 0ms);
  aggregator.submit(answer_to(2), 100ms);
  const auto sent = send_all(aggregator, 100ms);
  BOOST_REQUIRE_EQUAL(sent.size(), 2U);
  BOOST_TEST(sent[0].note.message == "1");
  BOOST_TEST(sent[0].name.empty());
  BOOST_TEST(sent[1].note.message == "2");
  BOOST_TEST(sent[1].name.empty()); // otherwise 1 could no longer be read
}

BOOST_AUTO_TEST_CASE(who_renews_many_instances_in_turn_gets_every_answer) {
  event_aggregator aggregator;
  auto now = event_aggregator::ms{0};
  for (std::size_t i = 0; i < 300; ++i) {
    BOOST_TEST((aggregator.submit(answer_to(i), now) == event_outcome::written));
    const auto span = aggregator.wait(now);
    BOOST_REQUIRE(span.has_value());
    BOOST_TEST((*span <= 4s)); // of 120 that `renew` waits
    now += *span;
    BOOST_TEST(send_all(aggregator, now).size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(answers_that_wait_hold_up_nothing_else) {
  event_aggregator aggregator;
  for (std::size_t i = 0; i < 61; ++i)
    aggregator.submit(answer_to(i), 0ms);
  aggregator.submit(about("a", "Bad"), 0ms);
  const auto sent = send_all(aggregator, 0ms);
  BOOST_REQUIRE_EQUAL(sent.size(), 61U);
  BOOST_TEST(sent.back().note.reason == "Bad");
  const auto span = aggregator.wait(0ms);
  BOOST_REQUIRE(span.has_value());
  BOOST_TEST((*span > 0ms));
  BOOST_TEST(send_all(aggregator, *span).at(0).note.message == "60");
  BOOST_TEST(!aggregator.wait(*span));
}

BOOST_AUTO_TEST_CASE(no_flood_of_requests_is_a_flood_of_answers) {
  event_aggregator aggregator;
  int taken = 0;
  int sent = 0;
  for (auto now = event_aggregator::ms{0}; now < 1h; now += 100ms) {
    taken += aggregator.submit(answer_to(static_cast<std::size_t>(now.count())), now) ==
             event_outcome::written;
    sent += static_cast<int>(send_all(aggregator, now).size());
  }
  BOOST_TEST(sent <= 60 + 1200);
  BOOST_TEST(sent > 1200);
  BOOST_TEST(taken - sent <= 100); // no more wait
  // Others have their own budget still.
  use_up(aggregator);
}

BOOST_AUTO_TEST_CASE(no_history_exceeds_the_budget_of_an_hour) {
  event_aggregator aggregator;
  int written = 0;
  for (auto now = event_aggregator::ms{0}; now < 10h; now += 100ms)
    written += aggregator.submit(about("a", now.count() % 200 == 0 ? "Bad" : "Good"), now) ==
               event_outcome::written;
  BOOST_TEST(written <= 30 + 10 * 60);
  BOOST_TEST(written > 10 * 55);
}

BOOST_AUTO_TEST_CASE(one_request_at_a_time_in_order) {
  event_aggregator aggregator;
  aggregator.submit(about("a", "First"), 0ms);
  aggregator.submit(about("b", "Second"), 0ms);
  BOOST_TEST(aggregator.take(0ms)->note.reason == "First");
  BOOST_TEST(!aggregator.take(0ms));
  BOOST_TEST(!aggregator.wait(0ms));
  aggregator.answered(named("e"), 0ms);
  BOOST_TEST((aggregator.wait(0ms) == 0ms));
  BOOST_TEST(aggregator.take(0ms)->note.reason == "Second");
}

BOOST_AUTO_TEST_CASE(what_may_pass_is_tried_again_with_growing_pauses_and_then_given_up) {
  event_aggregator aggregator;
  aggregator.submit(about("a", "Bad"), 0ms);
  auto now = event_aggregator::ms{0};
  for (const auto pause : {2s, 4s, 8s}) {
    BOOST_REQUIRE(aggregator.take(now));
    BOOST_TEST(!aggregator.answered(because(errc::connect_failed), now));
    BOOST_TEST((aggregator.wait(now) == pause));
    BOOST_TEST(!aggregator.take(now + pause - 1ms));
    now += pause;
  }
  BOOST_REQUIRE(aggregator.take(now));
  BOOST_TEST((aggregator.answered(because(errc::connect_failed), now) == event_outcome::failed));
  BOOST_TEST(!aggregator.wait(now));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_not_argued_with) {
  event_aggregator aggregator;
  aggregator.submit(about("a", "Bad"), 0ms);
  aggregator.take(0ms);
  BOOST_TEST((aggregator.answered(because(errc::denied), 0ms) == event_outcome::failed));
}

BOOST_AUTO_TEST_CASE(topics_are_forgotten_in_the_end) {
  event_limits limits;
  limits.topics = 3;
  limits.burst = 1e9;
  event_aggregator aggregator{limits};
  for (int i = 0; i < 3; ++i)
    aggregator.submit(about(std::to_string(i), "Bad"), 0ms);
  aggregator.submit(about("n3", "Bad"), 11min); // the old ones would be told again anyway
  BOOST_TEST((aggregator.submit(about("n3", "Bad"), 12min) == event_outcome::suppressed));
}
