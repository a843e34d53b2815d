#define BOOST_TEST_MODULE service_clock
#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <vector>

#include "runtime/aliyun/service_clock.hpp"

using namespace acr;
using namespace acr::aliyun;
using namespace std::chrono_literals;

namespace {

const wall_time moment{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 3h};

/// A machine whose wall clock can be set.
struct machine {
  std::chrono::milliseconds up = 1h;
  std::chrono::milliseconds set_by{};
  service_clock clock{[this] { return ours(); }, [this] { return up; }};

  wall_time ours() const { return moment + (up - 1h) + set_by; }
};

std::vector<std::string> absurd_dates() {
  return {"Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT",
          "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT",
          "Thu, 01 Jan -001 00:00:00 GMT", to_http_date(moment - 1h),
          to_http_date(moment + 1h),       to_http_date(moment + 24h)};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(service_clock_suite, machine)

BOOST_AUTO_TEST_CASE(until_an_answer_has_come_the_wall_clock_counts) {
  BOOST_TEST((clock.now() == moment));
  set_by = 3h;
  BOOST_TEST((clock.now() == moment + 3h));
}

BOOST_AUTO_TEST_CASE(a_difference_counts_once_three_answers_agree_on_it) {
  for (int i = 0; i < 2; ++i) {
    clock.observe(to_http_date(moment + 20min));
    BOOST_TEST((clock.now() == moment));
  }
  clock.observe(to_http_date(moment + 20min));
  BOOST_TEST((clock.now() == moment + 20min + 500ms));
}

BOOST_AUTO_TEST_CASE(an_answer_in_between_that_says_something_else_starts_the_count_again) {
  for (const auto ahead : {20min, 20min, 0min, 20min, 20min})
    clock.observe(to_http_date(moment + ahead));
  BOOST_TEST((clock.now() == moment));
}

BOOST_AUTO_TEST_CASE(one_answer_is_enough_where_the_api_server_says_the_same) {
  set_by = 3h;
  clock.suggest(to_http_date(moment));
  clock.observe(to_http_date(moment + 30s));
  BOOST_TEST((clock.now() == moment + 30s + 500ms));
  set_by = -3h;
  BOOST_TEST((clock.now() == moment + 30s + 500ms));
}

BOOST_AUTO_TEST_CASE(a_service_that_is_alone_against_two_moves_its_own_time_only) {
  clock.suggest(to_http_date(moment));
  for (int i = 0; i < 10; ++i)
    clock.observe("Fri, 01 Jan 2100 00:00:00 GMT");
  BOOST_TEST((clock.now() == moment));
  BOOST_TEST((clock.service_now() - clock.now() == clock.service_ahead()));
  BOOST_TEST(to_rfc3339(clock.service_now()) == "2100-01-01T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(what_two_clocks_agreed_on_counts_until_two_agree_on_something_else) {
  clock.suggest(to_http_date(moment));
  BOOST_TEST((clock.now() == moment));
  set_by = 24h;
  BOOST_TEST((clock.now() == moment));
  for (int i = 0; i < 3; ++i)
    clock.observe(to_http_date(moment + 3h)); // a third opinion
  BOOST_TEST((clock.now() == moment));
  set_by = 3h; // the machine was paused for three hours, and its clock is right again
  BOOST_TEST((clock.now() == moment + 3h + 500ms));
  BOOST_TEST((clock.service_ahead() == 0ms));
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_long_on_its_way_may_be_as_old) {
  const auto date = to_http_date(moment);
  up += 14s;
  clock.observe(date, 14s); // written when the request came: the clock may well be right
  BOOST_TEST((clock.now() == moment + 14s));
  clock.observe(date, 2s); // it was written two seconds ago at most
  BOOST_TEST((clock.now() == moment + 1500ms));
}

BOOST_AUTO_TEST_CASE(another_servers_date_counts_until_the_service_has_sent_one) {
  set_by = 3h;
  clock.suggest(to_http_date(moment));
  BOOST_TEST((clock.now() == moment + 500ms));
  set_by = -3h; // set once more
  up += 10min;
  BOOST_TEST((clock.now() == moment + 10min + 500ms));
  for (int i = 0; i < 3; ++i)
    clock.observe(to_http_date(moment + 20min));
  clock.suggest(to_http_date(moment));
  BOOST_TEST((clock.now() == moment + 20min + 500ms));
}

BOOST_AUTO_TEST_CASE(what_a_header_of_whole_seconds_cannot_tell_counts_as_equal) {
  for (const auto cut_off : {0ms, 999ms}) {
    set_by = cut_off;
    clock.observe(to_http_date(moment));
    BOOST_TEST((clock.offset() == 0ms));
  }
}

BOOST_AUTO_TEST_CASE(afterwards_it_does_not_matter_what_the_wall_clock_is_set_to) {
  clock.observe(to_http_date(moment));
  for (const auto set : {-24h, 24h}) {
    set_by = set;
    up += 10min;
    BOOST_TEST((clock.now() == moment + (up - 1h)));
    BOOST_TEST((clock.offset() == -set));
  }
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_corrected_needs_no_offset) {
  set_by = -3h;
  for (int i = 0; i < 3; ++i)
    clock.observe(to_http_date(moment));
  BOOST_TEST((clock.offset() == 3h + 500ms));
  set_by = 500ms;
  BOOST_TEST((clock.offset() == 0ms));
}

BOOST_AUTO_TEST_CASE(without_a_readable_date_nothing_changes) {
  clock.observe("");
  clock.observe("yesterday");
  BOOST_TEST((clock.now() == moment));
  set_by = 1h;
  BOOST_TEST((clock.now() == moment + 1h)); // still the wall clock's
}

// What one voice says alone moves nothing that is judged by this clock.

BOOST_AUTO_TEST_CASE(one_absurd_date_moves_nothing) {
  clock.observe(to_http_date(moment));
  for (const auto& date : absurd_dates()) {
    clock.observe(date);
    BOOST_TEST((clock.now() == moment), date);
    clock.observe(to_http_date(moment)); // the next answer is right again
  }
}

BOOST_AUTO_TEST_CASE(one_absurd_date_in_the_first_answer_of_all_moves_nothing) {
  for (const auto& date : absurd_dates()) {
    machine fresh;
    fresh.clock.observe(date);
    BOOST_TEST((fresh.clock.now() == moment), date);
  }
}

BOOST_AUTO_TEST_CASE(absurd_dates_that_alternate_move_nothing) {
  clock.observe(to_http_date(moment));
  const auto dates = absurd_dates();
  for (int i = 0; i < 100; ++i) {
    clock.observe(dates.at(static_cast<std::size_t>(i) % dates.size()));
    BOOST_TEST((clock.now() == moment));
  }
}

BOOST_AUTO_TEST_CASE(the_api_servers_clock_alone_makes_it_no_later) {
  for (const auto& date : {std::string{"Fri, 01 Jan 2100 00:00:00 GMT"}, to_http_date(moment + 1h)})
    for (const int times : {1, 10}) {
      machine fresh;
      for (int i = 0; i < times; ++i)
        fresh.clock.suggest(date);
      BOOST_TEST((fresh.clock.now() == moment), date);
    }
}

BOOST_AUTO_TEST_CASE(an_api_server_in_1970_holds_it_back_for_as_long_as_a_credential_can_live) {
  clock.suggest("Thu, 01 Jan 1970 00:00:01 GMT");
  up += 12h + 1s;
  BOOST_TEST((clock.now() == ours()));
}

BOOST_AUTO_TEST_CASE(whatever_one_of_the_servers_says_it_stays_within_a_minute) {
  std::minstd_rand random{7};
  const auto dates = absurd_dates();
  for (int history = 0; history < 2000; ++history) {
    machine one;
    const bool cloud_lies = random() % 2 == 0;
    for (int step = 0; step < 30; ++step) {
      one.up += std::chrono::milliseconds{random() % 60'000};
      const auto right = to_http_date(one.ours());
      const auto lie = dates.at(random() % dates.size());
      const bool lies = random() % 3 != 0;
      one.clock.suggest(cloud_lies || !lies || step < 3 ? right : lie);
      if (random() % 4 != 0)
        one.clock.observe(cloud_lies && lies ? lie : right);
      BOOST_REQUIRE_MESSAGE(std::chrono::abs(one.clock.now() - one.ours()) < 1min,
                            "history " << history << ", step " << step);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
