#define BOOST_TEST_MODULE rrsa_chain
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "actors/rrsa_chain.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_cloud.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* first_role = "acs:ram::1000000000000001:role/first";
constexpr const char* second_role = "acs:ram::2000000000000002:role/second";

struct chain_fixture : actor_fixture {
  chain_fixture() {
    cloud.now = wall();
    cloud.on_call = [this](const cloud_call& m) { return answer(m); };
    deps.chain = {
        {}, first_role, "acs:ram::1000000000000001:oidc-provider/p", {{second_role, ""}}, 7200s};
    deps.session_name = "test";
    deps.region = "cn-hangzhou";
    deps.oidc.token_file = "/nonexistent/token";
    deps.api = track(system.spawn(api_server, this));
    deps.cloud = track(system.spawn(fake_cloud, &cloud));
    deps.wall = wall();
    deps.seed = 42;
  }

  std::optional<result<secret_string>> answer(const cloud_call& m) {
    if (silent)
      return std::nullopt;
    if (outage)
      return make_failure(*outage, "sts " + m.what.action, "no");
    return session_answer(m.what.action + std::to_string(cloud.calls.size()), now() + life);
  }

  /// Mints "minted-1", "minted-2" ...
  static http_gateway::behavior_type api_server(http_gateway::pointer, chain_fixture* world) {
    return {[world](const http_call& m) {
              world->minted.push_back(m.request);
              const auto number = std::to_string(world->minted.size());
              return http_reply{
                  http_response{201,
                                {},
                                json_text(R"({"status":{"token":"minted-)" + number +
                                          R"(","expirationTimestamp":"2026-01-01T02:00:00Z"}})")}};
            },
            [](const open_stream&) {}, [](const stream_ack&) {}, [](const close_stream&) {}};
  }

  identity_source start() { return track(spawn_rrsa_chain(system, deps)); }

  std::optional<result<aliyun::credentials>> obtain(const identity_source& whom,
                                                    std::chrono::milliseconds min_life = 30min,
                                                    bool refused = false) {
    const auto reply = ask<credentials_obtained>(whom, obtain_credentials{min_life, refused});
    return reply ? std::optional{reply->value} : std::nullopt;
  }

  static std::string parameter(const cloud_call& call, const std::string& name) {
    for (const auto* list : {&call.what.query, &call.what.form})
      for (const auto& [key, value] : *list)
        if (key == name)
          return value;
    return {};
  }

  cloud_script cloud;
  rrsa_chain_deps deps;
  std::vector<http_request> minted;
  std::chrono::milliseconds life = 2h;
  std::optional<errc> outage;
  bool silent = false;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rrsa_chain_suite, chain_fixture)

BOOST_AUTO_TEST_CASE(walks_from_the_token_to_the_second_role) {
  const auto session = obtain(start());
  BOOST_REQUIRE(session && *session);
  BOOST_TEST((*session)->access_key_id == "STS.AssumeRole2");
  BOOST_REQUIRE_EQUAL(cloud.calls.size(), 2U);
  const auto& first = cloud.calls[0].what;
  BOOST_TEST(first.what.action == "AssumeRoleWithOIDC");
  BOOST_TEST(!first.signer);
  BOOST_TEST(parameter(first, "OIDCToken") == "minted-1");
  BOOST_TEST(parameter(first, "RoleArn") == first_role);
  BOOST_TEST(parameter(first, "DurationSeconds") == "3600");
  const auto& second = cloud.calls[1].what;
  BOOST_REQUIRE(second.signer.has_value());
  BOOST_TEST(second.signer->access_key_id == "STS.AssumeRoleWithOIDC1");
  BOOST_TEST(parameter(second, "RoleArn") == second_role);
  BOOST_TEST(parameter(second, "DurationSeconds") == "7200");
}

BOOST_AUTO_TEST_CASE(a_chain_may_have_any_number_of_roles_each_with_its_external_id) {
  constexpr const char* third_role = "acs:ram::3000000000000003:role/third";
  deps.chain.roles = {{second_role, ""}, {third_role, "shared-word"}};
  const auto chain = start();
  const auto session = obtain(chain);
  BOOST_REQUIRE(session && *session);
  BOOST_REQUIRE_EQUAL(cloud.calls.size(), 3U);
  BOOST_TEST(parameter(cloud.calls[1].what, "RoleArn") == second_role);
  BOOST_TEST(parameter(cloud.calls[1].what, "ExternalId").empty());
  BOOST_TEST(parameter(cloud.calls[1].what, "DurationSeconds") == "3600");
  const auto& third = cloud.calls[2].what;
  BOOST_TEST(parameter(third, "RoleArn") == third_role);
  BOOST_TEST(parameter(third, "ExternalId") == "shared-word");
  BOOST_TEST(parameter(third, "DurationSeconds") == "7200");
  BOOST_TEST(third.signer->access_key_id == "STS.AssumeRole2");
  obtain(chain, 30min, true); // the sessions on the way still serve
  BOOST_REQUIRE_EQUAL(cloud.calls.size(), 4U);
  BOOST_TEST(parameter(cloud.calls[3].what, "RoleArn") == third_role);
}

BOOST_AUTO_TEST_CASE(a_service_whose_date_is_off_ends_no_session_and_prolongs_none) {
  constexpr auto centuries = 24h * 365 * 300;
  for (const std::chrono::milliseconds ahead : {centuries, -centuries}) {
    deps.service_ahead = [ahead] { return ahead; };
    const auto session = obtain(start()); // the expiry is right, the Date is not
    BOOST_REQUIRE(session && *session);
    BOOST_TEST(((*session)->expires_at == now() + life));
  }
}

BOOST_AUTO_TEST_CASE(a_session_ends_by_the_clock_of_the_service_if_that_is_earlier) {
  deps.service_ahead = [] { return std::chrono::milliseconds{90min}; };
  const auto session = obtain(start());
  BOOST_REQUIRE(session && *session);
  BOOST_TEST(((*session)->expires_at == now() + life - 90min));
}

BOOST_AUTO_TEST_CASE(a_service_whose_clock_is_behind_issues_sessions_that_seem_to_have_ended) {
  deps.service_ahead = [] { return std::chrono::milliseconds{-3h}; };
  life = -2h; // by our clock: an hour by its own
  const auto session = obtain(start());
  BOOST_REQUIRE(session && *session);
  BOOST_TEST(((*session)->expires_at == now() + 1h));
}

BOOST_AUTO_TEST_CASE(a_session_that_would_last_for_years_is_asked_for_again_within_twelve_hours) {
  life = 24h * 365 * 100;
  const auto session = obtain(start());
  BOOST_REQUIRE(session && *session);
  BOOST_TEST(((*session)->expires_at == now() + 12h));
}

BOOST_AUTO_TEST_CASE(without_a_region_it_asks_where_it_is) {
  deps.region.clear();
  cloud.region = std::string{"cn-beijing"};
  BOOST_REQUIRE(obtain(start()).value());
  for (const auto& call : cloud.calls)
    BOOST_TEST(call.what.region == "cn-beijing");
}

BOOST_AUTO_TEST_CASE(without_a_region_it_asks_the_global_sts) {
  deps.region.clear();
  cloud.region = make_failure(errc::connect_failed, "metadata region-id", "no metadata service");
  BOOST_REQUIRE(obtain(start()).value());
  BOOST_TEST(cloud.calls.size() == 2U);
  for (const auto& call : cloud.calls)
    BOOST_TEST(call.what.region.empty());
}

BOOST_AUTO_TEST_CASE(asks_for_a_token_with_the_audience_that_sts_demands) {
  obtain(start());
  BOOST_REQUIRE_EQUAL(minted.size(), 1U);
  BOOST_TEST(minted[0].url ==
             "/api/v1/namespaces/kube-system/serviceaccounts/aliyun-acr-credential-helper/token");
  BOOST_TEST(minted[0].body.find("\"sts.aliyuncs.com\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_second_role_the_first_session_lives_as_configured) {
  deps.chain.roles.clear();
  const auto session = obtain(start());
  BOOST_TEST((*session)->access_key_id == "STS.AssumeRoleWithOIDC1");
  BOOST_TEST(parameter(cloud.calls[0].what, "DurationSeconds") == "7200");
}

BOOST_AUTO_TEST_CASE(a_mounted_token_is_read_at_each_use_and_trimmed) {
  const auto file =
      std::filesystem::temp_directory_path() / ("acr-token-" + std::to_string(getpid()));
  deps.oidc.token_file = file.string();
  deps.chain.roles.clear();
  std::ofstream{file} << "mounted-1\n";
  const auto chain = start();
  obtain(chain);
  std::ofstream{file} << "mounted-2\n";
  obtain(chain, 30min, true);
  std::filesystem::remove(file);
  BOOST_REQUIRE_EQUAL(cloud.calls.size(), 2U);
  BOOST_TEST(parameter(cloud.calls[0].what, "OIDCToken") == "mounted-1");
  BOOST_TEST(parameter(cloud.calls[1].what, "OIDCToken") == "mounted-2");
  BOOST_TEST(minted.empty());
}

BOOST_AUTO_TEST_CASE(a_session_is_shared_until_it_lives_too_short) {
  const auto chain = start();
  obtain(chain);
  advance(90min);
  obtain(chain);
  BOOST_TEST(cloud.calls.size() == 2U);
  advance(1s);
  const auto renewed = obtain(chain);
  BOOST_TEST(cloud.count("AssumeRole") == 2U);
  BOOST_TEST(((*renewed)->expires_at == now() + 2h));
}

BOOST_AUTO_TEST_CASE(the_first_session_is_used_again_while_it_lives) {
  const auto chain = start();
  obtain(chain);
  obtain(chain, 30min, true);
  BOOST_TEST(cloud.count("AssumeRole") == 2U);
  BOOST_TEST(cloud.count("AssumeRoleWithOIDC") == 1U);
}

BOOST_AUTO_TEST_CASE(many_who_ask_at_once_cost_one_walk) {
  const auto chain = start();
  int answered = 0;
  for (int i = 0; i < 50; ++i)
    system.spawn(
        [](caf::event_based_actor* self, const identity_source& whom, int* count) {
          self->request(whom, 1min, obtain_credentials{30min, false})
              .then([count](const credentials_obtained& m) { *count += m.value ? 1 : 0; },
                    [](caf::error&) {});
        },
        chain, &answered);
  drain();
  BOOST_TEST(answered == 50);
  BOOST_TEST(cloud.calls.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_failure_is_reported_with_its_step_and_not_repeated_at_once) {
  outage = errc::denied;
  const auto chain = start();
  const auto first = obtain(chain);
  BOOST_TEST(first->error().step == "sts AssumeRoleWithOIDC");
  obtain(chain);
  BOOST_TEST(cloud.calls.size() == 1U);
  outage.reset();
  advance(10s);
  BOOST_TEST(obtain(chain)->has_value());
}

/// A person who has just put it right is not answered with what was wrong before.
BOOST_AUTO_TEST_CASE(who_asks_is_not_put_off_with_the_last_failure) {
  outage = errc::denied;
  const auto chain = start();
  BOOST_TEST(!obtain(chain)->has_value());
  outage.reset();
  BOOST_TEST(!obtain(chain)->has_value());
  const auto asked = ask<credentials_obtained>(chain, obtain_credentials{30min, false, true});
  BOOST_REQUIRE(asked);
  BOOST_TEST(asked->value.has_value());
}

BOOST_AUTO_TEST_CASE(who_asks_during_a_renewal_does_not_share_its_failure) {
  const auto chain = start();
  outage = errc::connection_lost;
  cloud.on_call = [this](const cloud_call& m) {
    auto out = answer(m);
    outage.reset();
    return out;
  };
  std::vector<std::pair<bool, bool>> heard; // asked, worked
  for (const bool asked : {false, true})
    system.spawn(
        [](caf::event_based_actor* self, const identity_source& whom, bool as,
           std::vector<std::pair<bool, bool>>* out) {
          self->request(whom, 10min, obtain_credentials{30min, false, as})
              .then(
                  [out, as](const credentials_obtained& m) {
                    out->emplace_back(as, m.value.has_value());
                  },
                  [](const caf::error&) {});
        },
        chain, asked, &heard);
  drain();
  BOOST_REQUIRE_EQUAL(heard.size(), 2U);
  BOOST_TEST((heard[0] == std::pair{false, false}));
  BOOST_TEST((heard[1] == std::pair{true, true}));
}

BOOST_AUTO_TEST_CASE(a_refused_second_step_begins_again_at_the_token) {
  const auto chain = start();
  obtain(chain);
  outage = errc::credentials_bad;
  obtain(chain, 30min, true);
  outage.reset();
  advance(10s);
  obtain(chain);
  BOOST_TEST(cloud.count("AssumeRoleWithOIDC") == 2U);
}

BOOST_AUTO_TEST_CASE(silence_is_a_failure_in_the_end) {
  silent = true;
  const auto chain = start();
  std::optional<result<aliyun::credentials>> outcome;
  system.spawn(
      [](caf::event_based_actor* self, const identity_source& whom,
         std::optional<result<aliyun::credentials>>* out) {
        self->request(whom, 10min, obtain_credentials{30min, false})
            .then([out](const credentials_obtained& m) { *out = m.value; }, [](caf::error&) {});
      },
      chain, &outcome);
  drain();
  BOOST_TEST(!outcome);
  advance(90s);
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST((outcome->error().code == errc::actor_down));
}

BOOST_AUTO_TEST_CASE(callers_are_answered_when_the_actor_dies) {
  silent = true;
  const auto chain = start();
  std::optional<result<aliyun::credentials>> outcome;
  system.spawn(
      [](caf::event_based_actor* self, const identity_source& whom,
         std::optional<result<aliyun::credentials>>* out) {
        self->request(whom, 10min, obtain_credentials{30min, false})
            .then([out](const credentials_obtained& m) { *out = m.value; }, [](caf::error&) {});
      },
      chain, &outcome);
  drain();
  kill(chain);
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST((outcome->error().code == errc::actor_down));
}

BOOST_AUTO_TEST_CASE(without_an_rrsa_role_the_base_identity_assumes_the_second) {
  identity_script base;
  deps.base = track(system.spawn(fake_identity, &base));
  deps.chain.rrsa_role_arn.clear();
  deps.chain.rrsa_oidc_provider_arn.clear();
  const auto session = obtain(start());
  BOOST_REQUIRE(session && *session);
  BOOST_REQUIRE_EQUAL(cloud.calls.size(), 1U);
  BOOST_TEST(cloud.calls[0].action == "AssumeRole");
  BOOST_TEST(cloud.calls[0].what.signer->access_key_id == "STS.test");
}

BOOST_AUTO_TEST_CASE(the_base_hears_that_what_it_gave_was_refused) {
  identity_script base;
  deps.base = track(system.spawn(fake_identity, &base));
  const auto chain = start();
  outage = errc::credentials_bad;
  obtain(chain);
  outage.reset();
  advance(10s);
  obtain(chain);
  BOOST_REQUIRE_EQUAL(base.asked.size(), 2U);
  BOOST_TEST(!base.asked[0].refused);
  BOOST_TEST(base.asked[1].refused);
}

BOOST_AUTO_TEST_SUITE_END()
