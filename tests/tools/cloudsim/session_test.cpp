#define BOOST_TEST_MODULE cloudsim_session
#include <boost/test/unit_test.hpp>

#include <caf/typed_event_based_actor.hpp>

#include "protocol/aliyun/acr.hpp"
#include "protocol/aliyun/sts.hpp"
#include "runtime/aliyun/session.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/tools/cloudsim/cloud_fixture.hpp"
#include "tests/tools/cloudsim/token_maker.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

// What our own client says, the cloud that the vendor's SDKs accept must accept: no socket between.
struct session_fixture : testing::actor_fixture {
  session_fixture() {
    clouds.now = now();
    clouds.cloud.put_keys("https://issuer.example",
                          cloudsim::key_set::parse(testing::jwks(
                              {testing::jwk(testing::test_keys().rsa.get(), "rsa-1")})));
  }

  static http_gateway::behavior_type wire(http_gateway::pointer, session_fixture* world) {
    return {[world](const http_call& call) { return world->carry(call.request); },
            [](const open_stream&) {}, [](const stream_ack&) {}, [](const close_stream&) {}};
  }

  http_reply carry(const http_request& from) {
    cloudsim::request out;
    const auto start = from.url.find("://") + 3;
    const auto slash = from.url.find('/', start);
    out.method = from.method;
    out.target = from.url.substr(slash);
    out.headers = from.headers;
    if (find_header(out.headers, "host").empty())
      out.headers.push_back({"Host", from.url.substr(start, slash - start)});
    out.body = from.body;
    out.now = now() + cloud_ahead;
    out.secure = from.url.starts_with("https:");
    auto answer = clouds.ask(out);
    answer.headers.push_back({"Date", to_http_date(out.now)});
    return {http_response{answer.status, answer.headers, secret_string{std::move(answer.body)}}};
  }

  cloud_session start(aliyun::signature_version version = aliyun::signature_version::v3) {
    cloud_session_deps deps;
    deps.gateway = track(system.spawn(wire, this));
    deps.signatures = version;
    deps.wall = wall();
    return track(spawn_cloud_session(system, std::move(deps)));
  }

  static aliyun::credentials puller() {
    return {"LTAIpuller", secret_string{std::string{"puller-secret"}}, {}, {}};
  }

  result<secret_string> call(const cloud_session& session, aliyun::operation what,
                             std::optional<aliyun::credentials> signer,
                             std::string region = "cn-hangzhou") {
    const auto reply = ask<cloud_reply>(
        session, cloud_call{std::move(what), std::move(region), std::move(signer)});
    BOOST_REQUIRE(reply.has_value());
    return reply->body;
  }

  std::string token() const {
    const auto seconds = now().time_since_epoch() / 1s;
    return testing::jwt({{"iss", "https://issuer.example"},
                         {"aud", "sts.aliyuncs.com"},
                         {"sub", "system:serviceaccount:kube-system:helper"},
                         {"iat", seconds},
                         {"nbf", seconds},
                         {"exp", seconds + 3600}});
  }

  testing::cloud_fixture clouds;
  std::chrono::milliseconds cloud_ahead{};
};

constexpr auto generations = {aliyun::signature_version::v3, aliyun::signature_version::v1};

void say(const failure& reason) { BOOST_TEST_MESSAGE(to_string(reason)); }

} // namespace

BOOST_FIXTURE_TEST_SUITE(session_suite, session_fixture)

BOOST_AUTO_TEST_CASE(the_whole_chain_ends_in_passwords_with_both_generations_of_signatures) {
  for (const auto version : generations) {
    const auto session = start(version);
    const auto first =
        call(session,
             aliyun::assume_role_with_oidc({"acs:ram::1000000000000001:role/pod", "helper", 3600s},
                                           "acs:ram::1000000000000001:oidc-provider/cluster",
                                           secret_string{token()}),
             std::nullopt);
    if (!first)
      say(first.error());
    BOOST_REQUIRE(first.has_value());
    const auto pod = aliyun::read_session(*first, now()).value();
    const auto second =
        call(session,
             aliyun::assume_role({"acs:ram::1000000000000002:role/partner", "helper", 3600s}), pod);
    BOOST_REQUIRE(second.has_value());
    const auto partner = aliyun::read_session(*second, now()).value();
    BOOST_TEST((partner.expires_at == now() + 1h));
    const auto third = call(session, aliyun::get_authorization_token("cri-two"), partner);
    BOOST_REQUIRE(third.has_value());
    const auto password = aliyun::read_authorization_token(*third, now()).value();
    BOOST_TEST(password.user == "cr_temp_user");
    BOOST_TEST((password.expires_at == now() + 1h));
  }
}

BOOST_AUTO_TEST_CASE(a_key_obtains_passwords_of_both_editions) {
  for (const auto version : generations) {
    const auto session = start(version);
    const auto enterprise = call(session, aliyun::get_authorization_token("cri-one"), puller());
    BOOST_REQUIRE(enterprise.has_value());
    BOOST_TEST(aliyun::read_authorization_token(*enterprise, now()).has_value());
    const auto personal = call(session, aliyun::get_personal_token(), puller());
    BOOST_REQUIRE(personal.has_value());
    BOOST_TEST(aliyun::read_personal_token(*personal, now()).has_value());
  }
}

BOOST_AUTO_TEST_CASE(the_domains_of_enabled_endpoints_are_found) {
  const auto body = call(start(), aliyun::list_instance_endpoint("cri-one"), puller());
  BOOST_REQUIRE(body.has_value());
  BOOST_TEST((aliyun::read_instance_endpoints(*body).value() ==
              std::vector<aliyun::endpoint_domain>{
                  {"one-registry.cn-hangzhou.cr.aliyuncs.com", "internet", false},
                  {"images.example", "internet", true}}));
}

BOOST_AUTO_TEST_CASE(refusals_are_understood) {
  const auto session = start();
  auto wrong = puller();
  wrong.access_key_secret = secret_string{std::string{"MARKsecret"}};
  auto spoiled = puller();
  spoiled.access_key_id = "STS.x";
  spoiled.security_token = secret_string{std::string{"MARKtoken"}};
  const aliyun::credentials nobody{
      "LTAInobody", secret_string{std::string{"nobody-secret"}}, {}, {}};
  const auto code = [&](const aliyun::operation& what, const aliyun::credentials& signer) {
    const auto body = call(session, what, signer);
    BOOST_REQUIRE(!body);
    BOOST_TEST(to_string(body.error()).find("MARK") == std::string::npos);
    BOOST_TEST(!body.error().request_id.empty());
    return body.error().code;
  };
  const auto token = aliyun::get_authorization_token("cri-one");
  BOOST_TEST((code(token, wrong) == errc::credentials_bad));
  BOOST_TEST((code(token, spoiled) == errc::credentials_bad));
  BOOST_TEST((code(token, nobody) == errc::denied));
  BOOST_TEST((code(aliyun::get_personal_token(), wrong) == errc::credentials_bad));
  BOOST_TEST((code(aliyun::get_personal_token(), nobody) == errc::denied));
  BOOST_TEST((code(aliyun::get_authorization_token("cri-none"), puller()) == errc::not_found));
}

BOOST_AUTO_TEST_CASE(roles_that_are_missing_closed_or_asked_for_too_long_are_distinguished) {
  const auto session = start();
  const auto code = [&](const char* arn, std::chrono::seconds duration) {
    const auto body = call(session, aliyun::assume_role({arn, "helper", duration}), puller());
    BOOST_REQUIRE(!body);
    return body.error().code;
  };
  BOOST_TEST((code("acs:ram::1000000000000001:role/none", 1h) == errc::not_found));
  BOOST_TEST((code("none", 1h) == errc::parameter_bad));
  BOOST_TEST((code("acs:ram::1000000000000002:role/partner", 1h) == errc::denied));
  BOOST_TEST((code("acs:ram::1000000000000001:role/same-account", 5h) == errc::parameter_bad));
}

BOOST_AUTO_TEST_CASE(an_oidc_token_that_is_refused_is_reported_without_repeating_it) {
  auto what = aliyun::assume_role_with_oidc({"acs:ram::1000000000000001:role/pod", "helper", 3600s},
                                            "acs:ram::1000000000000001:oidc-provider/cluster",
                                            secret_string{std::string{"MARK.MARK.MARK"}});
  const auto body = call(start(), what, std::nullopt);
  BOOST_REQUIRE(!body);
  BOOST_TEST((body.error().code == errc::credentials_bad));
  BOOST_TEST(to_string(body.error()).find("MARK") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_off_by_hours_does_not_matter) {
  for (const auto version : generations)
    for (const auto ahead : {-5h, 5h}) {
      cloud_ahead = ahead;
      const auto session = start(version);
      BOOST_TEST(call(session, aliyun::get_authorization_token("cri-one"), puller()).has_value());
      BOOST_TEST(call(session, aliyun::get_personal_token(), puller()).has_value());
    }
}

BOOST_AUTO_TEST_CASE(the_region_comes_from_the_metadata_service_in_each_of_its_modes) {
  using mode = cloudsim::metadata_service::mode;
  for (const auto how : {mode::optional, mode::required, mode::without_tokens}) {
    auto changed = clouds.cloud.about();
    changed.metadata.access = how;
    clouds.cloud.replace_world(std::move(changed));
    const auto reply = ask<region_reply>(start(), ask_region{});
    BOOST_REQUIRE(reply.has_value());
    BOOST_REQUIRE(reply->region.has_value());
    BOOST_TEST(*reply->region == "cn-hangzhou");
  }
}

BOOST_AUTO_TEST_SUITE_END()
