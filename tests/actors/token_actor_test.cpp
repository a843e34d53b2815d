#define BOOST_TEST_MODULE token_actor
#include <boost/test/unit_test.hpp>

#include "tests/support/token_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr std::chrono::hours years(int count) { return count * 24h * 365; }

struct asking_fixture : token_fixture {
  void ask_for_renewal(const token_actor& token, std::optional<renewal>& outcome) {
    system.spawn(
        [](caf::event_based_actor* self, const token_actor& whom, std::optional<renewal>* out) {
          self->request(whom, 1min, renew_now{})
              .then([out](const renewal& m) { *out = m; }, [](caf::error&) {});
        },
        token, &outcome);
    drain();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(token_actor_suite, asking_fixture)

BOOST_AUTO_TEST_CASE(publishes_a_password_for_the_configured_domains) {
  lives = {1h};
  start();
  BOOST_REQUIRE_EQUAL(issued.size(), 1U);
  const auto& value = issued[0].what.value;
  BOOST_TEST(value.user == "cr_temp_user");
  BOOST_TEST(value.password.reveal() == "p");
  BOOST_TEST((value.expires_at == now() + 1h));
  BOOST_TEST(value.domains == deps.domains, boost::test_tools::per_element());
  BOOST_TEST(cloud.count("ListInstanceEndpoint") == 0U);
  BOOST_TEST(cloud.calls[0].what.region == "cn-hangzhou");
}

BOOST_AUTO_TEST_CASE(asks_for_the_domains_of_the_instance_where_none_are_configured) {
  deps.domains.clear();
  lives = {1h, 1h};
  start();
  BOOST_REQUIRE_EQUAL(issued.size(), 1U);
  BOOST_TEST(issued[0].what.value.domains ==
                 (std::vector<std::string>{"x.example", "x-vpc.example"}),
             boost::test_tools::per_element());
  advance(46min);
  BOOST_TEST(issued.size() == 2U);
  BOOST_TEST(cloud.count("ListInstanceEndpoint") == 2U); // with every password
}

BOOST_AUTO_TEST_CASE(domains_follow_the_instance_from_one_password_to_the_next) {
  deps.domains.clear();
  lives = {1h, 1h};
  start();
  endpoints = json_text(
      R"({"Code":"success","IsSuccess":true,"Endpoints":[{"EndpointType":"internet","Enable":true,)"
      R"("Domains":[{"Domain":"new.example","Type":"USER"}]}]})");
  advance(46min);
  BOOST_REQUIRE_EQUAL(issued.size(), 2U);
  BOOST_TEST(issued[1].what.value.domains == std::vector<std::string>{"new.example"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(domains_of_a_configuration_that_named_them_are_not_taken_for_the_instances) {
  deps.domains.clear();
  deps.resume = token_issued{};
  deps.resume->instance = deps.name;
  deps.resume->value.domains = {"named.example"};
  deps.resume->value.expires_at = now() + 1h;
  deps.resume->renew_at = now();
  lives = {1h};
  start();
  advance(1min);
  BOOST_REQUIRE(!issued.empty());
  BOOST_TEST(issued.back().what.value.domains ==
                 (std::vector<std::string>{"x.example", "x-vpc.example"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(personal_edition_has_the_three_domains_of_its_region) {
  deps.domains.clear();
  deps.instance_id.clear();
  deps.region = "cn-beijing";
  cloud.on_call = [this](const cloud_call&) -> std::optional<result<secret_string>> {
    return json_text(
        R"({"data":{"authorizationToken":"p","tempUserName":"cr_temp_user","expireDate":)" +
        std::to_string((now() + 1h).time_since_epoch().count()) + "}}");
  };
  start();
  BOOST_REQUIRE_EQUAL(issued.size(), 1U);
  BOOST_TEST(issued[0].what.value.domains.size() == 3U);
  BOOST_TEST(issued[0].what.value.domains[0] == "registry.cn-beijing.aliyuncs.com");
  BOOST_TEST(cloud.calls[0].what.what.path == "/tokens");
}

BOOST_AUTO_TEST_CASE(renews_before_the_threshold_of_the_real_expiry) {
  lives = {1h, 1h};
  start();
  advance(45min);
  BOOST_REQUIRE_EQUAL(issued.size(), 2U);
  const auto waited = issued[1].at - issued[0].at;
  BOOST_TEST((waited >= 22min && waited <= 45min));
  BOOST_TEST((issued[0].what.renew_at == issued[1].at));
}

BOOST_AUTO_TEST_CASE(keeps_the_last_good_password_until_it_expires_and_withdraws_it_once) {
  lives = {1h};
  start();
  advance(1h - 1ms);
  BOOST_TEST(passwords_asked() > 3U); // it did try again
  BOOST_TEST(withdrawn.empty());
  advance(24h);
  BOOST_REQUIRE_EQUAL(withdrawn.size(), 1U);
  BOOST_TEST((withdrawn[0] - issued[0].at == 1h));
}

BOOST_AUTO_TEST_CASE(a_late_success_is_published_and_the_old_expiry_is_forgotten) {
  lives = {1h};
  start();
  advance(50min);
  lives = {1h};
  advance(9min);
  BOOST_REQUIRE_EQUAL(issued.size(), 2U);
  advance(10min); // past the first password's expiry
  BOOST_TEST(withdrawn.empty());
}

BOOST_AUTO_TEST_CASE(recovers_within_a_minute_of_the_clouds_return) {
  start();
  advance(10h);
  lives = {1h};
  advance(1min);
  BOOST_TEST(issued.size() == 1U);
}

BOOST_AUTO_TEST_CASE(retries_are_few_during_a_long_outage) {
  start();
  advance(1h);
  BOOST_TEST(passwords_asked() < 240U); // 45 s with full jitter: about 160
  BOOST_TEST(std::count(lines.begin(), lines.end(), "token_failed") == 1);
}

BOOST_AUTO_TEST_CASE(what_only_people_can_mend_is_tried_seldom) {
  outage = errc::denied;
  start();
  advance(1h);
  BOOST_TEST(passwords_asked() <= 16U);
}

BOOST_AUTO_TEST_CASE(a_password_that_has_expired_already_is_a_failure) {
  lives = {-1s, 1h};
  start();
  BOOST_TEST(issued.empty());
  advance(1min);
  BOOST_TEST(issued.size() == 1U);
}

BOOST_AUTO_TEST_CASE(asking_twice_costs_one_call_and_both_are_answered) {
  lives = {1h, 1h};
  auto token = start();
  advance(5s);
  int answered = 0;
  auto ask_once = [&answered](caf::event_based_actor* self, const token_actor& whom) {
    self->request(whom, 1min, renew_now{})
        .then([&](const renewal& m) { answered += m.expires_at ? 1 : 100; }, [](caf::error&) {});
  };
  system.spawn(ask_once, token);
  system.spawn(ask_once, token);
  drain();
  BOOST_TEST(answered == 2);
  BOOST_TEST(passwords_asked() == 2U); // one at the start, one for both
  BOOST_REQUIRE_EQUAL(issued.size(), 2U);
  BOOST_TEST(!issued[0].what.at_once);
  BOOST_TEST(issued[1].what.at_once); // they wait for it
}

/// What was put right during an attempt may have come too late for it.
BOOST_AUTO_TEST_CASE(who_asks_during_an_attempt_that_fails_gets_one_of_their_own) {
  silent = true;
  lives = {1h};
  const auto token = start();
  std::optional<renewal> outcome;
  system.spawn(
      [](caf::event_based_actor* self, const token_actor& whom, std::optional<renewal>* out) {
        self->request(whom, 10min, renew_now{})
            .then([out](const renewal& m) { *out = m; }, [](caf::error&) {});
      },
      token, &outcome);
  drain();
  BOOST_TEST(identity.asked.size() == 1U);
  BOOST_TEST(!identity.asked[0].asked);
  silent = false;
  advance(5min);
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST(outcome->expires_at.has_value());
  BOOST_REQUIRE_EQUAL(identity.asked.size(), 2U);
  BOOST_TEST(identity.asked[1].asked);
}

/// They get its outcome as "renewed", so the Secrets must not follow minutes later.
BOOST_AUTO_TEST_CASE(who_asks_during_an_attempt_that_succeeds_has_it_written_at_once) {
  lives = {1h, 1h};
  const auto token = start();
  advance(10min);
  cloud.on_call = [this, token](const cloud_call& m) {
    caf::anon_send(token, renew_now{});
    return answer(m);
  };
  advance(40min); // the renewal is due
  BOOST_TEST(passwords_asked() == 2U);
  BOOST_REQUIRE_EQUAL(issued.size(), 2U);
  BOOST_TEST(issued[1].what.at_once);
}

BOOST_AUTO_TEST_CASE(an_early_renewal_replaces_the_armed_timer) {
  lives = {1h, 1h, 1h};
  auto token = start();
  advance(20min);
  caf::anon_send(token, renew_now{});
  advance(21min + 30s); // past the moment the first timer was armed for
  BOOST_TEST(passwords_asked() == 2U);
  advance(20min);
  BOOST_TEST(passwords_asked() == 3U);
}

BOOST_AUTO_TEST_CASE(an_answer_that_never_comes_does_not_stop_it) {
  silent = true;
  start();
  advance(89s);
  BOOST_TEST(passwords_asked() == 1U); // single flight
  silent = false;
  lives = {1h};
  advance(1min);
  BOOST_TEST(issued.size() == 1U);
}

BOOST_AUTO_TEST_CASE(callers_are_answered_when_the_actor_dies) {
  silent = true;
  auto token = start();
  std::optional<renewal> outcome;
  ask_for_renewal(token, outcome);
  BOOST_TEST(!outcome);
  kill(token);
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST((outcome->expires_at.error().code == errc::actor_down));
}

BOOST_AUTO_TEST_CASE(tells_the_identity_when_the_service_refused_what_it_gave) {
  outage = errc::credentials_bad;
  start();
  advance(1min);
  BOOST_REQUIRE(identity.asked.size() > 1U);
  BOOST_TEST(!identity.asked[0].refused);
  BOOST_TEST(identity.asked[1].refused);
  BOOST_TEST((identity.asked[0].min_life == 1h));
}

BOOST_AUTO_TEST_CASE(a_successor_goes_on_with_the_password_and_the_schedule_of_its_predecessor) {
  lives = {1h};
  auto first = start();
  advance(10min);
  kill(first);
  deps.resume = issued[0].what;
  deps.seed = 7;
  lives = {1h};
  start();
  BOOST_TEST(passwords_asked() == 1U);
  advance(issued[0].what.renew_at - now() - 1ms);
  BOOST_TEST(passwords_asked() == 1U);
  advance(1ms);
  BOOST_TEST(passwords_asked() == 2U);
}

BOOST_AUTO_TEST_CASE(a_successor_withdraws_what_it_cannot_renew) {
  deps.resume = token_issued{
      "cri-1", {"u", secret_string{std::string_view{"p"}}, now() + 5min, {"a.example"}}, now()};
  start();
  advance(5min);
  BOOST_TEST(withdrawn.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_successor_withdraws_what_expired_before_it_was_started) {
  deps.resume = token_issued{
      "cri-1", {"u", secret_string{std::string_view{"p"}}, now(), {"a.example"}}, now()};
  start();
  BOOST_TEST(withdrawn.size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_unknown_region_is_a_failure_that_passes) {
  cloud.region = make_failure(errc::connect_failed, "metadata region-id", "no route");
  lives = {1h};
  start();
  BOOST_TEST(cloud.calls.empty());
  cloud.region = std::string{"cn-beijing"};
  advance(1min);
  BOOST_TEST(issued.size() == 1U);
}

BOOST_AUTO_TEST_CASE(domains_that_were_found_stay_when_they_cannot_be_listed_again) {
  deps.domains.clear();
  lives = {12h, 12h};
  start();
  endpoints = make_failure(errc::service_failed, "cr ListInstanceEndpoint", "down");
  advance(12h);
  BOOST_REQUIRE_EQUAL(issued.size(), 2U);
  BOOST_TEST(issued[1].what.value.domains.size() == 2U);
  BOOST_TEST(cloud.count("ListInstanceEndpoint") == 2U);
}

BOOST_AUTO_TEST_CASE(a_closed_endpoint_is_reported_once_and_hinders_nothing) {
  deps.domains.clear();
  const auto with_acl = [](const std::string& entries) {
    return json_text(
        R"({"Code":"success","IsSuccess":true,"Endpoints":[{"EndpointType":"internet",)"
        R"("Enable":true,"AclEnable":true,"AclEntries":[)" +
        entries + R"(],"Domains":[{"Domain":"x.example","Type":"SYSTEM"}]}]})");
  };
  std::vector<std::pair<log_level, std::string>> told;
  deps.log = logger{[&](const log_record& r) {
                      if (r.event == "endpoint_found")
                        told.emplace_back(r.level, std::get<std::string>(r.fields.at(2).value));
                    },
                    log_level::info};
  endpoints = with_acl("");
  lives.assign(24, 1h);
  start();
  advance(7h); // listed with each password
  BOOST_TEST(cloud.count("ListInstanceEndpoint") == issued.size());
  BOOST_TEST(issued.front().what.value.domains == std::vector<std::string>{"x.example"},
             boost::test_tools::per_element());
  BOOST_TEST((told == std::vector{std::pair{log_level::warning, std::string{"acl_closed"}}}));
  endpoints = with_acl(R"({"Entry":"10.0.0.0/8"})");
  advance(7h);
  BOOST_TEST((told.back() == std::pair{log_level::info, std::string{"acl_limited"}}));
  BOOST_TEST(told.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_wall_clock_that_was_set_back_keeps_no_password_alive) {
  lives = {1h};
  start();
  wall_offset = -30min;
  advance(1h - 1ms);
  BOOST_TEST(withdrawn.empty());
  advance(1ms);
  BOOST_TEST(withdrawn.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_expired_during_a_sleep_is_withdrawn_and_renewed_when_it_ends) {
  lives = {1h};
  auto token = start();
  wall_offset = 8h;
  lives = {1h};
  caf::anon_send(token, clock_changed{0ms});
  advance(1s);
  BOOST_TEST(withdrawn.size() == 1U);
  BOOST_TEST(issued.size() == 2U);
}

BOOST_AUTO_TEST_CASE(another_threshold_moves_the_renewal_without_a_call) {
  lives = {1h, 1h};
  auto token = start();
  advance(10min);
  caf::anon_send(token, reschedule{30min, now() + 20min});
  advance(20min - 1ms);
  BOOST_TEST(passwords_asked() == 1U);
  advance(1ms);
  BOOST_TEST(passwords_asked() == 2U);
  BOOST_TEST((identity.asked.back().min_life == 1h));
}

// Expiries that no password can have.

BOOST_AUTO_TEST_CASE(an_absurd_expiry_is_capped_and_said_and_the_password_is_renewed) {
  // Up to the year 9999, the last that a reader accepts: some 291 years are all that nanoseconds
  // hold.
  for (const auto life : {13h, years(291), years(300), years(585), years(7900)}) {
    issued.clear();
    withdrawn.clear();
    lines.clear();
    lives = {life};
    const auto token = start();
    BOOST_REQUIRE_EQUAL(issued.size(), 1U);
    BOOST_TEST((issued[0].what.value.expires_at == now() + 12h));
    BOOST_TEST(std::count(lines.begin(), lines.end(), "expiry_implausible") == 1);
    advance(12h - 1ms);
    BOOST_TEST(withdrawn.empty());
    advance(1ms);
    BOOST_TEST(withdrawn.size() == 1U);
    kill(token);
  }
}

BOOST_AUTO_TEST_CASE(a_service_whose_clock_is_alone_gives_passwords_of_the_length_that_they_have) {
  milliseconds ahead = 0ms;
  deps.service_ahead = [&ahead] { return ahead; };
  for (const auto off :
       {milliseconds{20min}, milliseconds{-20min}, milliseconds{3h}, milliseconds{-3h}}) {
    ahead = off;
    issued.clear();
    lives = {1h + off}; // by the service's clock
    const auto token = start();
    BOOST_REQUIRE_EQUAL(issued.size(), 1U);
    const auto life = issued[0].what.value.expires_at - now();
    BOOST_TEST((life == (off == -20min ? 40min : 1h)));
    kill(token);
  }
}

// Requests of people.

BOOST_AUTO_TEST_CASE(a_request_each_second_is_an_attempt_each_five_seconds) {
  lives.assign(1000, 1h);
  const auto token = start();
  for (int second = 0; second < 60; ++second) {
    caf::anon_send(token, renew_now{});
    advance(1s);
  }
  BOOST_TEST(passwords_asked() <= 13U);
  BOOST_TEST(passwords_asked() >= 11U);
}

BOOST_AUTO_TEST_CASE(a_request_after_a_failure_is_answered_by_a_new_attempt) {
  outage = errc::denied;
  const auto token = start();
  advance(1s);
  lives = {1h};
  std::optional<renewal> outcome;
  ask_for_renewal(token, outcome);
  advance(5s);
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST(outcome->expires_at.has_value());
}

BOOST_AUTO_TEST_CASE(a_request_does_not_pass_over_what_the_service_asked_for) {
  cloud.on_call = [](const cloud_call&) -> std::optional<result<secret_string>> {
    auto reason = make_failure(errc::throttled, "cr GetAuthorizationToken", "slow down");
    reason.retry_after = 60s;
    return reason;
  };
  const auto token = start();
  std::optional<renewal> outcome;
  ask_for_renewal(token, outcome);
  advance(1s);
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST((outcome->expires_at.error().code == errc::throttled));
  BOOST_TEST((outcome->expires_at.error().retry_after == 60s));
  advance(58s);
  BOOST_TEST(passwords_asked() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
