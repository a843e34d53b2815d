#define BOOST_TEST_MODULE credential_lifetime
#include <boost/test/unit_test.hpp>

#include "actors/credential_lifetime.hpp"

using namespace acr;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

/// When a password that lives an hour is renewed, if it came when a round began.
constexpr milliseconds renewal{2'359'296};

/// Both clocks run together, unless a test says otherwise.
struct life_fixture {
  moment now{renewal, wall_time{24h}};
  credential_lifetime life;

  void pass(milliseconds span) {
    now.mono += span;
    now.wall += span;
  }
  void sleep(milliseconds span) { now.wall += span; }
  void set_clock(milliseconds by) { now.wall += by; }

  credential_lifetime::due tick() { return life.tick(now); }
  bool attempts() {
    const auto due = tick();
    return due.attempt;
  }
  void issue(milliseconds lives) {
    if (!life.attempting())
      life.ask(now);
    life.succeeded(now.wall + lives, now, 0.0);
  }
  milliseconds fail(errc code, std::optional<milliseconds> wait = {}) {
    if (!life.attempting())
      life.ask(now);
    failure reason;
    reason.code = code;
    reason.retry_after = wait;
    return life.failed(reason, now, 1.0);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(credential_lifetime_suite, life_fixture)

BOOST_AUTO_TEST_CASE(begins_with_an_attempt_and_makes_one_at_a_time) {
  BOOST_TEST(attempts());
  BOOST_TEST(!attempts());
  BOOST_TEST(!life.ask(now).has_value());
  BOOST_TEST(!life.wait(now).has_value()); // only the outcome is awaited
}

BOOST_AUTO_TEST_CASE(looks_again_for_the_renewal_and_then_for_the_expiry) {
  issue(1h);
  BOOST_TEST((life.wait(now) == renewal));
  pass(renewal - 1ms);
  BOOST_TEST(!attempts());
  pass(1ms);
  BOOST_TEST(attempts());
  BOOST_TEST((life.wait(now) == 1h - renewal));
}

BOOST_AUTO_TEST_CASE(withdraws_once_at_the_expiry_also_during_an_attempt) {
  issue(1h);
  pass(45min);
  BOOST_TEST(attempts());
  pass(15min - 1ms);
  BOOST_TEST(!tick().withdraw);
  pass(1ms);
  BOOST_TEST(tick().withdraw);
  BOOST_TEST(!tick().withdraw);
}

BOOST_AUTO_TEST_CASE(a_sleep_past_the_expiry_withdraws_and_tries_as_soon_as_it_is_noticed) {
  issue(1h);
  sleep(8h);
  life.clock_changed(0ms, now, 0.0);
  const auto due = tick();
  BOOST_TEST(due.withdraw);
  BOOST_TEST(due.attempt);
}

BOOST_AUTO_TEST_CASE(a_short_sleep_of_a_healthy_instance_changes_nothing) {
  issue(1h);
  sleep(10min);
  life.clock_changed(0ms, now, 0.0);
  BOOST_TEST(!attempts());
  BOOST_TEST((life.wait(now) == renewal - 10min));
}

BOOST_AUTO_TEST_CASE(a_wall_clock_that_was_set_back_keeps_no_password_alive) {
  issue(1h);
  set_clock(-30min);
  BOOST_TEST((life.wait(now) == renewal));
  pass(1h);
  BOOST_TEST(tick().withdraw);
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_by_a_minute_brings_an_early_attempt) {
  issue(1h);
  pass(10min);
  set_clock(-1min);
  life.clock_changed(-1min, now, 0.5);
  BOOST_TEST((life.wait(now) == 2500ms));
  pass(2500ms);
  BOOST_TEST(attempts());
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_by_less_brings_none) {
  issue(1h);
  pass(10min);
  life.clock_changed(59s, now, 0.0);
  BOOST_TEST(!attempts());
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_again_and_again_costs_one_call_a_minute) {
  issue(1h);
  int calls = 0;
  for (int second = 0; second < 600; ++second) {
    pass(1s);
    life.clock_changed(second % 2 == 0 ? 5min : -5min, now, 0.0);
    if (attempts()) {
      ++calls;
      issue(1h);
    }
  }
  BOOST_TEST(calls == 10);
}

BOOST_AUTO_TEST_CASE(another_clock_ends_a_long_wait_but_not_the_one_that_the_service_asked_for) {
  fail(errc::denied);
  pass(1min);
  life.clock_changed(0ms, now, 0.0);
  BOOST_TEST(attempts());
  fail(errc::throttled, 10min);
  pass(2min);
  life.clock_changed(1h, now, 0.0);
  BOOST_TEST((life.wait(now) == 8min));
}

BOOST_AUTO_TEST_CASE(a_successor_keeps_the_schedule) {
  life.resume(now.wall + 20min, now.wall + 5min, now);
  BOOST_TEST((life.wait(now) == 5min));
  pass(5min);
  BOOST_TEST(attempts());
}

BOOST_AUTO_TEST_CASE(a_successor_withdraws_what_has_expired_and_begins_anew) {
  life.resume(now.wall, now.wall - 5min, now);
  const auto due = tick();
  BOOST_TEST(due.withdraw);
  BOOST_TEST(due.attempt);
}

BOOST_AUTO_TEST_CASE(another_threshold_moves_the_renewal_and_nothing_else) {
  issue(1h);
  life.reschedule(30min, now.wall + 30min, now);
  BOOST_TEST((life.wait(now) == 30min));
  BOOST_TEST((life.policy().threshold == 30min));
  pass(30min);
  BOOST_TEST(attempts());
  const auto wait = fail(errc::http_timeout);
  life.reschedule(15min, now.wall + 15min, now);
  BOOST_TEST((life.wait(now) == wait)); // it is failing: its backoff goes on
}

BOOST_AUTO_TEST_CASE(the_wait_after_a_failure_is_that_of_the_policy) {
  const auto first = fail(errc::http_timeout);
  BOOST_TEST((life.wait(now) == first));
  pass(first - 1ms);
  BOOST_TEST(!attempts());
  pass(1ms);
  BOOST_TEST(attempts());
  BOOST_TEST((fail(errc::http_timeout) == 2 * first));
  BOOST_TEST(life.failures() == 2U);
}

BOOST_AUTO_TEST_CASE(no_expiry_makes_a_password_live_longer_than_any_can_or_a_timer_overflow) {
  for (const auto lives : {24h, 24h * 365 * 291, 24h * 365 * 400, 24h * 365 * 7900}) {
    now = {renewal, wall_time{24h}};
    issue(lives);
    BOOST_TEST((life.expires_at() == now.wall + 12h));
    BOOST_TEST((life.wait(now) <= 12h));
    life = credential_lifetime{};
    life.resume(now.wall + lives, now.wall + lives, now);
    BOOST_TEST((life.expires_at() == now.wall + 12h));
    pass(12h);
    BOOST_TEST(tick().withdraw);
  }
}

BOOST_AUTO_TEST_CASE(no_wait_is_longer_than_a_day) {
  fail(errc::throttled, 24h * 365 * 400);
  BOOST_TEST((life.wait(now) == 24h));
}

BOOST_AUTO_TEST_CASE(a_wall_clock_in_1970_keeps_no_password_alive) {
  now.wall += 24h * 365 * 56;
  issue(1h);
  now.wall = wall_time{1s};
  BOOST_TEST((life.wait(now) == renewal));
  pass(renewal);
  BOOST_TEST(attempts());
  pass(1h - renewal);
  BOOST_TEST(tick().withdraw);
}

BOOST_AUTO_TEST_CASE(who_asks_again_at_once_waits_five_seconds_after_the_last_attempt) {
  BOOST_TEST((life.ask(now) == 0ms));
  issue(1h);
  pass(2s);
  BOOST_TEST((life.ask(now) == 3s));
  BOOST_TEST((life.wait(now) == 3s));
  pass(3s);
  BOOST_TEST(attempts());
}

BOOST_AUTO_TEST_CASE(who_asks_waits_for_what_the_service_asked_for_and_for_no_backoff) {
  fail(errc::throttled, 10min);
  pass(1min);
  BOOST_TEST((life.ask(now) == 9min));
  life = credential_lifetime{};
  fail(errc::denied); // tried again in some minutes
  pass(10s);
  BOOST_TEST((life.ask(now) == 0ms));
}

BOOST_AUTO_TEST_SUITE_END()
