#define BOOST_TEST_MODULE retry_delay
#include <boost/test/unit_test.hpp>

#include "actors/writer/retry_delay.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

failure of(errc code) { return make_failure(code, "", ""); }

} // namespace

BOOST_AUTO_TEST_CASE(conflicts_are_tried_again_soon_and_then_ever_more_rarely) {
  BOOST_TEST((retry_delay(of(errc::conflict), 0, 0.0) == 5ms));
  BOOST_TEST((retry_delay(of(errc::conflict), 0, 1.0) == 10ms));
  BOOST_TEST((retry_delay(of(errc::conflict), 3, 1.0) == 640ms));
  BOOST_TEST((retry_delay(of(errc::conflict), 1000, 1.0) == 50s));
}

BOOST_AUTO_TEST_CASE(other_failures_wait_longer) {
  BOOST_TEST((retry_delay(of(errc::unavailable), 0, 0.0) == 250ms));
  BOOST_TEST((retry_delay(of(errc::unavailable), 2, 1.0) == 2s));
  BOOST_TEST((retry_delay(of(errc::unavailable), 4'000'000'000U, 1.0) == 50s));
}

BOOST_AUTO_TEST_CASE(what_the_server_asks_for_is_obeyed) {
  auto busy = of(errc::throttled);
  busy.retry_after = 7s;
  BOOST_TEST((retry_delay(busy, 0, 1.0) == 7s));
  BOOST_TEST((retry_delay(busy, 10, 1.0) == 50s));
}

BOOST_AUTO_TEST_CASE(what_another_client_changes_back_is_tried_again_after_minutes) {
  BOOST_TEST((retry_delay(of(errc::overruled), 0, 1.0) == 2s));
  BOOST_TEST((retry_delay(of(errc::overruled), 1000, 1.0) == 120s));
}

BOOST_AUTO_TEST_CASE(only_a_verdict_of_the_server_shows_that_nothing_was_written) {
  for (const auto code : {errc::connection_lost, errc::http_timeout, errc::malformed_answer,
                          errc::service_failed, errc::actor_down})
    BOOST_TEST(may_have_worked(code), to_string(code));
  for (const auto code : {errc::conflict, errc::denied, errc::rejected, errc::throttled,
                          errc::not_found, errc::connect_failed})
    BOOST_TEST(!may_have_worked(code), to_string(code));
}
