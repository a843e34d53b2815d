#define BOOST_TEST_MODULE refresh_policy
#include <boost/test/unit_test.hpp>

#include "actors/refresh_policy.hpp"
#include "protocol/aliyun/answer.hpp"

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
  // Spread, since it tells many the same moment.
  BOOST_TEST((retry_delay(policy, 1, because(errc::throttled, 90s), 40s, 1.0) == 99s));
  BOOST_TEST((retry_delay(policy, 1, because(errc::throttled, 2s), 0ms, 1.0) == 3s));
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

// The table of decisions: `fresh`: a password that has just come; `in its midst`: under another
// threshold; `failed`: for the n-th time, with so much left.

BOOST_AUTO_TEST_CASE(when_a_fresh_password_is_renewed) {
  struct row {
    std::chrono::milliseconds threshold, lives, earliest, latest;
  };
  for (const auto& [threshold, lives, earliest, latest] : {
           row{15min, 12h, 38070s, 705min}, // the password of a long-lived key
           row{15min, 1h, 2430s, 45min},    // one of a session
           row{15min, 31min, 864s, 16min},
           row{15min, 30min, 810s, 15min}, // twice the threshold: half its life
           row{15min, 10min, 270s, 5min},  // shorter than the threshold
           row{0s, 1h, 54min, 1h},         // renewed when it ends
           row{15min, 3s, 1350ms, 1500ms}, // a laboratory's
           row{15min, 1500ms, 1s, 1s},     // never in a tight loop
           row{15min, 0ms, 1s, 1s},        //
           row{15min, -1h, 1s, 1s},        // had expired when it came
           row{12h, 12h, 19440s, 6h},      // the threshold is the whole life
       }) {
    refresh_policy its;
    its.threshold = threshold;
    BOOST_TEST_CONTEXT("threshold " << threshold.count() << " life " << lives.count()) {
      BOOST_TEST((renewal_delay(its, lives, 0.0) == latest));
      BOOST_TEST((renewal_delay(its, lives, 1.0) ==
                  std::min<std::chrono::milliseconds>(earliest, latest)));
    }
  }
}

BOOST_AUTO_TEST_CASE(when_a_password_is_renewed_under_another_threshold) {
  struct row {
    std::chrono::milliseconds threshold, life, left, latest;
  };
  for (const auto& [threshold, life, left, latest] : {
           row{30min, 1h + 1ms, 50min, 20min}, // less than before
           row{5min, 1h, 50min, 45min},        // more than before
           row{30min, 1h, 20min, 0ms},         // past it: now
           row{15min, 1h, 15min, 0ms},         //
           row{15min, 1h, 20min, 5min},        // little left, but enough
           row{30min, 20min, 15min, 5min},     // half its life
           row{30min, 20min, -5min, 0ms},      // expired
       }) {
    refresh_policy its;
    its.threshold = threshold;
    BOOST_TEST_CONTEXT("threshold " << threshold.count() << " left " << left.count()) {
      BOOST_TEST((rescheduled_delay(its, life, left, 0.0) == latest));
      BOOST_TEST((rescheduled_delay(its, life, left, 1.0) == latest * 9 / 10));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_passes_by_itself_and_what_does_not) {
  enum class then { soon, soon_at_first, slowly };
  struct row {
    const char* code; ///< As the cloud says it; empty: the status alone.
    int status;
    errc meaning;
    then what;
  };
  for (const auto& [code, status, meaning, what] : {
           row{"Throttling", 400, errc::throttled, then::soon},
           row{"Throttling.User", 429, errc::throttled, then::soon},
           row{"Throttling.Api", 503, errc::throttled, then::soon},
           row{"", 429, errc::throttled, then::soon},
           row{"InternalError", 500, errc::service_failed, then::soon},
           row{"ServiceUnavailable", 503, errc::service_failed, then::soon},
           row{"", 502, errc::service_failed, then::soon},
           row{"InvalidTimeStamp.Expired", 400, errc::clock_skew, then::soon},
           row{"SignatureNonceUsed", 400, errc::clock_skew, then::soon},
           row{"InvalidSecurityToken.Expired", 400, errc::credentials_bad, then::soon_at_first},
           row{"InvalidAccessKeyId.NotFound", 404, errc::credentials_bad, then::soon_at_first},
           row{"InvalidAccessKeyId.Inactive", 403, errc::credentials_bad, then::soon_at_first},
           row{"SignatureDoesNotMatch", 400, errc::credentials_bad, then::soon_at_first},
           row{"AuthenticationFail.OIDCToken.Expired", 400, errc::credentials_bad,
               then::soon_at_first},
           row{"AuthenticationFail.NoPermission", 403, errc::denied, then::slowly},
           row{"NoPermission", 403, errc::denied, then::slowly},
           row{"Forbidden.RAM", 403, errc::denied, then::slowly},
           row{"EntityNotExist.Role", 404, errc::not_found, then::slowly},
           row{"INSTANCE_NOT_EXIST", 400, errc::not_found, then::slowly},
           row{"InvalidParameter.DurationSeconds", 400, errc::parameter_bad, then::slowly},
           row{"MissingParameter", 400, errc::parameter_bad, then::slowly},
           row{"SomethingNew", 400, errc::rejected, then::slowly},
       }) {
    BOOST_TEST_CONTEXT(code << " " << status) {
      BOOST_TEST((aliyun::error_code(code, status) == meaning));
      BOOST_TEST(mended_by_people(because(meaning), 1) == (what == then::slowly));
      BOOST_TEST(mended_by_people(because(meaning), 3) == (what == then::slowly));
      BOOST_TEST(mended_by_people(because(meaning), 4) == (what != then::soon));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_goes_wrong_on_our_side_and_on_the_way) {
  for (const auto code :
       {errc::dns_failed, errc::connect_failed, errc::tls_failed, errc::http_timeout,
        errc::connection_lost, errc::response_too_big, errc::cancelled, errc::malformed_answer,
        errc::http_status, errc::not_ready, errc::actor_down, errc::unavailable, errc::file_failed})
    BOOST_TEST(!mended_by_people(because(code), 100), to_string(code));
  for (const auto code : {errc::bad_request, errc::config_bad})
    BOOST_TEST(mended_by_people(because(code), 1), to_string(code));
}
