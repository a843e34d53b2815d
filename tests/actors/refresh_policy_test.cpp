#define BOOST_TEST_MODULE refresh_policy
#include <boost/test/unit_test.hpp>

#include <random>
#include <set>

#include "actors/refresh_policy.hpp"
#include "protocol/aliyun/answer.hpp"

using namespace acr;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

const refresh_policy policy;

failure because(errc code, std::optional<std::chrono::milliseconds> wait = {}) {
  failure reason;
  reason.code = code;
  reason.retry_after = wait;
  return reason;
}

} // namespace

BOOST_AUTO_TEST_CASE(never_renews_in_a_tight_loop) {
  for (const auto jitter : {0.0, 0.5, 0.999})
    for (const auto left : {1ms, 1500ms, 2000ms, -3'600'000ms})
      BOOST_TEST((renewal_delay(policy, left, 5h, jitter) == policy.retry_first));
}

BOOST_AUTO_TEST_CASE(is_never_late_and_never_before_half_of_the_wait) {
  std::minstd_rand random;
  for (int i = 0; i < 20'000; ++i) {
    const milliseconds left{3000 + random() % (13 * 3600 * 1000)};
    const milliseconds mono{random()};
    const auto delay =
        renewal_delay(policy, left, mono, static_cast<double>(random() % 1000) / 1000.0);
    const auto latest = left > 30min ? left - 15min : left / 2;
    BOOST_TEST_REQUIRE((delay <= latest));
    BOOST_TEST_REQUIRE((delay >= latest / 2));
  }
}

BOOST_AUTO_TEST_CASE(what_is_renewed_together_goes_on_together_but_not_at_the_same_moment) {
  constexpr milliseconds life = 1h;
  constexpr milliseconds mono = 123'456s;
  const auto first = renewal_delay(policy, life, mono, 0.0);
  const auto last = renewal_delay(policy, life, mono + 500ms, 0.999);
  BOOST_TEST((last - first > 100s));
  BOOST_TEST((last - first < 110s));
  // The next round, from wherever in this one: the same, although the passwords of a session end
  // together, so that the later ones live less long.
  const auto next = mono + first + renewal_delay(policy, life, mono + first, 0.0);
  BOOST_TEST((mono + last + renewal_delay(policy, life, mono + last, 0.0) == next));
  BOOST_TEST(
      (mono + last + renewal_delay(policy, life - (last - first), mono + last, 0.0) == next));
}

BOOST_AUTO_TEST_CASE(whatever_fell_out_of_step_is_in_step_again_after_three_renewals) {
  const auto third_from = [](milliseconds mono) {
    for (int i = 0; i < 3; ++i)
      mono += renewal_delay(policy, 1h, mono, 0.0);
    return mono;
  };
  std::set<milliseconds> in_a_day;
  for (milliseconds begins = 0ms; begins < 24h; begins += 17s)
    in_a_day.insert(third_from(begins));
  // One moment for each round, not one for each beginning.
  BOOST_TEST(in_a_day.size() < 40U);
}

BOOST_AUTO_TEST_CASE(a_round_costs_few_calls_more_than_waiting_to_the_last) {
  for (const auto life : {20min, 60min, 12 * 60min, 10min}) {
    milliseconds mono = 77'777s;
    for (int i = 0; i < 100; ++i)
      mono += renewal_delay(policy, life, mono, i % 10 / 10.0);
    const milliseconds latest = life > 30min ? life - 15min : life / 2;
    BOOST_TEST((mono - 77'777s > 82 * latest), life.count());
  }
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

BOOST_AUTO_TEST_CASE(a_session_that_lives_no_longer_is_shared_in_a_round) {
  const wall_time issued{1h};
  const auto expires = issued + 60min;
  const auto wanted = session_life_wanted(policy);
  BOOST_TEST(session_serves(issued, expires, issued + 150s, wanted));
  BOOST_TEST(!session_serves(issued, expires, issued + 150s + 1ms, wanted));
  // The calls of a round are spread over less.
  BOOST_TEST((renewal_delay(policy, 1h, 0ms, 1.0) - renewal_delay(policy, 1h, 0ms, 0.0) < 150s));
  BOOST_TEST(session_serves(issued, issued + 6h, issued + 5h, wanted));
}

// Tables: when a new password is renewed, when one whose threshold was changed, and which failures
// pass by themselves.

BOOST_AUTO_TEST_CASE(when_a_fresh_password_is_renewed) {
  struct row {
    milliseconds threshold, lives, round, latest;
  };
  for (const auto& [threshold, lives, round, latest] : {
           row{15min, 12h, 37'748'736ms, 705min}, // the password of a long-lived key
           row{15min, 1h, 2'359'296ms, 45min},    // one of a session
           row{15min, 31min, 851'968ms, 16min},
           row{15min, 30min, 786'432ms, 15min}, // twice the threshold: half its life
           row{15min, 10min, 262'144ms, 5min},  // shorter than the threshold
           row{0s, 1h, 3'145'728ms, 1h},        // renewed when it ends
           row{15min, 3s, 1280ms, 1500ms},      // a laboratory's
           row{12h, 12h, 18'874'368ms, 6h},     // the threshold is the whole life
       }) {
    refresh_policy its;
    its.threshold = threshold;
    BOOST_TEST_CONTEXT("threshold " << threshold.count() << " life " << lives.count()) {
      BOOST_TEST((renewal_delay(its, lives, 0ms, 0.0) == round));
      BOOST_TEST((renewal_delay(its, lives, 20 * round, 0.0) == round));
      BOOST_TEST((round <= latest * 935 / 1000));
      BOOST_TEST((round > latest * 83 / 100));
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
      BOOST_TEST(fixed_by_people(because(meaning), 1) == (what == then::slowly));
      BOOST_TEST(fixed_by_people(because(meaning), 3) == (what == then::slowly));
      BOOST_TEST(fixed_by_people(because(meaning), 4) == (what != then::soon));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_goes_wrong_on_our_side_and_on_the_way) {
  for (const auto code :
       {errc::dns_failed, errc::connect_failed, errc::tls_failed, errc::http_timeout,
        errc::connection_lost, errc::response_too_big, errc::cancelled, errc::malformed_answer,
        errc::http_status, errc::not_ready, errc::actor_down, errc::unavailable, errc::file_failed})
    BOOST_TEST(!fixed_by_people(because(code), 100), to_string(code));
  for (const auto code : {errc::bad_request, errc::config_bad})
    BOOST_TEST(fixed_by_people(because(code), 1), to_string(code));
}
