#define BOOST_TEST_MODULE service_clock
#include <boost/test/unit_test.hpp>

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

} // namespace

BOOST_FIXTURE_TEST_SUITE(service_clock_suite, machine)

BOOST_AUTO_TEST_CASE(until_an_answer_has_come_the_wall_clock_counts) {
  BOOST_TEST((clock.now() == moment));
  set_by = 3h;
  BOOST_TEST((clock.now() == moment + 3h));
}

BOOST_AUTO_TEST_CASE(a_difference_is_added_to_our_time) {
  clock.observe(to_http_date(moment + 20min));
  BOOST_TEST((clock.now() == moment + 20min + 500ms));
  clock.observe(to_http_date(moment - 20min));
  BOOST_TEST((clock.now() == moment - 20min + 500ms));
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_long_on_its_way_may_be_as_old) {
  const auto date = to_http_date(moment);
  up += 14s;
  clock.observe(date, 14s); // written when the request came: the clock may well be right
  BOOST_TEST((clock.now() == moment + 14s));
  clock.observe(date, 2s); // it was written two seconds ago at most
  BOOST_TEST((clock.now() == moment + 1500ms));
}

BOOST_AUTO_TEST_CASE(another_server_counts_until_the_service_has_told) {
  set_by = 3h;
  clock.suggest(to_http_date(moment));
  BOOST_TEST((clock.now() == moment + 500ms));
  set_by = -3h; // set once more
  up += 10min;
  BOOST_TEST((clock.now() == moment + 10min + 500ms));
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

BOOST_AUTO_TEST_CASE(a_clock_that_was_mended_lacks_nothing) {
  set_by = -3h;
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

BOOST_AUTO_TEST_SUITE_END()
