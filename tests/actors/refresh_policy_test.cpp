#define BOOST_TEST_MODULE refresh_policy
#include <boost/test/unit_test.hpp>

#include "actors/refresh_policy.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

const refresh_policy policy;

failure because(errc code, std::optional<std::chrono::milliseconds> wait = {}) {
  failure reason;
  reason.code = code;
  reason.retry_after = wait;
  return reason;
}

} // namespace

BOOST_AUTO_TEST_CASE(renews_at_the_threshold_or_up_to_a_tenth_earlier) {
  BOOST_TEST((renewal_delay(policy, 60min, 0.0) == 45min));
  BOOST_TEST((renewal_delay(policy, 60min, 0.5) == 2700s * 95 / 100));
  BOOST_TEST((renewal_delay(policy, 60min, 1.0) == 2700s * 9 / 10));
}

BOOST_AUTO_TEST_CASE(
    a_password_that_lives_little_longer_than_the_threshold_is_renewed_at_half_its_life) {
  BOOST_TEST((renewal_delay(policy, 20min, 0.0) == 10min));
  BOOST_TEST((renewal_delay(policy, 20s, 0.0) == 10s));
}

BOOST_AUTO_TEST_CASE(never_renews_in_a_tight_loop) {
  BOOST_TEST((renewal_delay(policy, 1ms, 0.0) == policy.retry_first));
  BOOST_TEST((renewal_delay(policy, -1h, 0.0) == policy.retry_first));
}

BOOST_AUTO_TEST_CASE(retries_double_up_to_the_cap_with_full_jitter) {
  const auto reason = because(errc::http_timeout);
  BOOST_TEST((retry_delay(policy, 1, reason, 0ms, 1.0) == 1s));
  BOOST_TEST((retry_delay(policy, 2, reason, 0ms, 1.0) == 2s));
  BOOST_TEST((retry_delay(policy, 5, reason, 0ms, 1.0) == 16s));
  BOOST_TEST((retry_delay(policy, 5, reason, 0ms, 0.25) == 4s));
  BOOST_TEST((retry_delay(policy, 100, reason, 0ms, 1.0) == policy.retry_most));
  BOOST_TEST((retry_delay(policy, 100, reason, 0ms, 0.0) == policy.retry_first / 2));
}

BOOST_AUTO_TEST_CASE(what_only_people_can_mend_is_tried_slowly) {
  BOOST_TEST((retry_delay(policy, 1, because(errc::denied), 0ms, 0.0) == policy.retry_permanent));
  BOOST_TEST(
      (retry_delay(policy, 1, because(errc::denied), 0ms, 1.0) == policy.retry_permanent * 8 / 10));
}

BOOST_AUTO_TEST_CASE(several_tries_fit_in_before_a_password_ends) {
  BOOST_TEST((retry_delay(policy, 100, because(errc::http_timeout), 40s, 1.0) == 10s));
  BOOST_TEST((retry_delay(policy, 1, because(errc::denied), 40s, 0.0) == 10s));
}

BOOST_AUTO_TEST_CASE(the_service_is_obeyed_whatever_we_had_in_mind) {
  BOOST_TEST((retry_delay(policy, 1, because(errc::throttled, 90s), 40s, 0.0) == 90s));
  BOOST_TEST(
      (retry_delay(policy, 100, because(errc::throttled, 1ms), 0ms, 1.0) == policy.retry_most));
}

BOOST_AUTO_TEST_CASE(a_session_serves_while_it_outlives_what_is_asked_for) {
  const wall_time issued{1h};
  const auto expires = issued + 60min;
  BOOST_TEST(session_serves(issued, expires, issued + 30min, 30min));
  BOOST_TEST(!session_serves(issued, expires, issued + 30min + 1ms, 30min));
  BOOST_TEST(!session_serves(issued, expires, expires, 0ms));
}

BOOST_AUTO_TEST_CASE(a_short_session_is_shared_during_its_first_quarter) {
  const wall_time issued{1h};
  const auto expires = issued + 20s;
  BOOST_TEST(session_serves(issued, expires, issued + 5s, 30min));
  BOOST_TEST(!session_serves(issued, expires, issued + 5s + 1ms, 30min));
}
