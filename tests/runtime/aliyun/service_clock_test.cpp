#define BOOST_TEST_MODULE service_clock
#include <boost/test/unit_test.hpp>

#include "runtime/aliyun/service_clock.hpp"

using namespace acr;
using namespace acr::aliyun;
using namespace std::chrono_literals;

namespace {

const wall_time moment{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 3h};

service_clock clock_at(wall_time now) {
  return service_clock{[now] { return now; }};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_difference_is_added_to_our_time) {
  auto clock = clock_at(moment);
  clock.observe(to_http_date(moment + 20min));
  BOOST_TEST((clock.now() == moment + 20min + 500ms));
  clock.observe(to_http_date(moment - 20min));
  BOOST_TEST((clock.now() == moment - 20min + 500ms));
}

BOOST_AUTO_TEST_CASE(what_a_header_of_whole_seconds_cannot_tell_counts_as_equal) {
  for (const auto cut_off : {0ms, 999ms}) {
    auto clock = clock_at(moment + cut_off);
    clock.observe(to_http_date(moment));
    BOOST_TEST((clock.offset() == 0ms));
  }
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_mended_is_trusted_again) {
  auto clock = clock_at(moment);
  clock.observe(to_http_date(moment + 20min));
  clock.observe(to_http_date(moment));
  BOOST_TEST((clock.offset() == 0ms));
}

BOOST_AUTO_TEST_CASE(without_a_readable_date_nothing_changes) {
  service_clock clock{[] { return moment; }, 3s};
  clock.observe("");
  clock.observe("yesterday");
  BOOST_TEST((clock.offset() == 3s));
}
