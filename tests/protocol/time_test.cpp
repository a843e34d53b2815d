#define BOOST_TEST_MODULE time
#include <boost/test/unit_test.hpp>

#include <ctime>

#include "protocol/time.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

const wall_time moment{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 3h + 4min + 5s};

} // namespace

BOOST_AUTO_TEST_CASE(rfc3339_is_written_without_a_fraction) {
  BOOST_TEST(to_rfc3339(moment + 999ms) == "2026-01-02T03:04:05Z");
}

BOOST_AUTO_TEST_CASE(rfc3339_is_read_with_fraction_and_offset) {
  BOOST_TEST((parse_rfc3339("2026-01-02T03:04:05Z") == moment));
  BOOST_TEST((parse_rfc3339("2026-01-02t03:04:05.5z") == moment + 500ms));
  BOOST_TEST((parse_rfc3339("2026-01-02T03:04:05.123456789Z") == moment + 123ms));
  BOOST_TEST((parse_rfc3339("2026-01-02T11:04:05+08:00") == moment));
  BOOST_TEST((parse_rfc3339("2026-01-01T21:34:05-05:30") == moment));
}

BOOST_AUTO_TEST_CASE(malformed_times_are_refused) {
  for (const auto* text : {"", "2026", "2026-02-30T00:00:00Z", "2026-01-02T24:00:00Z",
                           "2026-01-02T03:04:05", "2026-01-02T03:04:05Zx", "2026-01-02 03:04:05Z",
                           "2026-1-02T03:04:05Z", "2026-01-02T-3:04:05Z", "2026-01-02T03:04:05+08"})
    BOOST_TEST(!parse_rfc3339(text), text);
}

BOOST_AUTO_TEST_CASE(http_dates_go_both_ways) {
  BOOST_TEST(to_http_date(moment) == "Fri, 02 Jan 2026 03:04:05 GMT");
  BOOST_TEST((parse_http_date("Fri, 02 Jan 2026 03:04:05 GMT") == moment));
  for (const auto* text : {"", "Fri 02 Jan 2026 03:04:05 GMT", "Fri, 02 Foo 2026 03:04:05 GMT",
                           "Fri, 02 Jan 2026 03:04:05 UTC", "Fri, 02 Jan 2026 03:04:05 GMT "})
    BOOST_TEST(!parse_http_date(text), text);
}

BOOST_AUTO_TEST_CASE(the_time_since_boot_goes_on) {
  const auto kernels = [] {
    timespec now{};
    BOOST_REQUIRE(clock_gettime(CLOCK_BOOTTIME, &now) == 0);
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::seconds{now.tv_sec} +
                                                         std::chrono::nanoseconds{now.tv_nsec});
  };
  for (int i = 0; i < 2; ++i) {
    const auto before = kernels();
    const auto told = since_boot();
    BOOST_REQUIRE_GE(told.count(), before.count());
    BOOST_REQUIRE_LE(told.count(), kernels().count());
    while (kernels() <= told) {
    }
  }
}
