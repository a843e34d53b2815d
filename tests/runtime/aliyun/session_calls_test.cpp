#define BOOST_TEST_MODULE session_calls
#include <boost/test/unit_test.hpp>

#include <set>

#include "protocol/aliyun/signature.hpp"
#include "protocol/aliyun/sts.hpp"
#include "tests/runtime/aliyun/session_fixture.hpp"

using namespace acr;
using namespace acr::testing;

namespace {

const std::string vpc = "cr-vpc.cn-hangzhou.aliyuncs.com";
const std::string open_net = "cr.cn-hangzhou.aliyuncs.com";

/// Endpoints in `dead` fail with `reason`, others answer.
session_fixture::network unreachable(std::set<std::string> dead, errc reason) {
  return [dead = std::move(dead), reason](const http_call& call) -> result<http_response> {
    if (dead.contains(host_of(call.request.url)))
      return make_failure(reason, "http", "it went wrong");
    return response(200, R"({"IsSuccess":true})");
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(session_calls_suite, session_fixture)

BOOST_AUTO_TEST_CASE(a_call_is_signed_and_its_answer_handed_on) {
  const auto body = call(start());
  BOOST_REQUIRE(body.has_value());
  BOOST_TEST(body->reveal() == R"({"IsSuccess":true})");
  BOOST_REQUIRE_EQUAL(calls.size(), 1U);
  const auto& [request, limits] = calls[0];
  BOOST_TEST(request.url == "https://" + vpc + "/?InstanceId=cri-1");
  BOOST_TEST(find_header(request.headers, "x-acs-signature-nonce") == "nonce1");
  BOOST_TEST(date_of(0) == to_rfc3339(now()));
  BOOST_TEST((limits.deadline == 10s));
  BOOST_TEST(limits.use_proxy);
  BOOST_TEST(limits.max_body == 1U << 20);
}

BOOST_AUTO_TEST_CASE(the_generation_of_signatures_can_be_chosen) {
  cloud_session_deps deps;
  deps.signatures = aliyun::signature_version::v1;
  call(start(std::move(deps)));
  BOOST_TEST(calls[0].request.url.find("SignatureMethod=HMAC-SHA1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unsigned_call_carries_no_signature) {
  const auto session = start();
  call(session, {aliyun::assume_role_with_oidc({"acs:ram::1:role/r", "s"}, "p", secret_string{}),
                 "cn-beijing", std::nullopt});
  BOOST_TEST(find_header(calls[0].request.headers, "authorization").empty());
  BOOST_TEST(hosts()[0] == "sts-vpc.cn-beijing.aliyuncs.com");
}

BOOST_AUTO_TEST_CASE(sts_of_one_region_can_serve_all) {
  cloud_session_deps deps;
  deps.endpoints.sts_region = "cn-shanghai";
  const auto session = start(std::move(deps));
  for (const auto* region : {"cn-beijing", ""})
    call(session, {aliyun::assume_role({}), region, token_call().signer});
  const std::string shanghai = "sts-vpc.cn-shanghai.aliyuncs.com";
  BOOST_TEST((hosts() == names{shanghai, shanghai}));
}

BOOST_AUTO_TEST_CASE(a_service_error_is_reported_and_not_retried) {
  answer = [](const http_call&) { return service_error(403, "NoPermission"); };
  const auto body = call(start());
  BOOST_REQUIRE(!body);
  BOOST_TEST((body.error().code == errc::denied));
  BOOST_TEST(calls.size() == 1U);
}

BOOST_AUTO_TEST_CASE(endpoints_that_cannot_be_reached_are_passed_over) {
  for (const auto reason : {errc::dns_failed, errc::connect_failed, errc::tls_failed}) {
    calls.clear();
    answer = unreachable({vpc}, reason);
    BOOST_TEST(call(start()).has_value());
    BOOST_TEST((hosts() == names{vpc, open_net}));
    const auto nonce = find_header(calls[0].request.headers, "x-acs-signature-nonce");
    BOOST_TEST(nonce != find_header(calls[1].request.headers, "x-acs-signature-nonce"));
  }
}

BOOST_AUTO_TEST_CASE(a_call_that_the_service_may_have_carried_out_is_not_repeated) {
  for (const auto reason : {errc::http_timeout, errc::connection_lost, errc::malformed_answer,
                            errc::response_too_big, errc::cancelled}) {
    calls.clear();
    answer = unreachable({vpc}, reason);
    const auto body = call(start());
    BOOST_REQUIRE(!body);
    BOOST_TEST((body.error().code == reason));
    BOOST_TEST((hosts() == names{vpc}));
  }
}

BOOST_AUTO_TEST_CASE(if_no_endpoint_can_be_reached_all_are_named) {
  answer = unreachable({vpc, open_net}, errc::connect_failed);
  const auto body = call(start());
  BOOST_REQUIRE(!body);
  BOOST_TEST((body.error().code == errc::connect_failed));
  BOOST_TEST(body.error().step == "cr GetAuthorizationToken of cri-1");
  BOOST_TEST(body.error().message ==
             "https://" + vpc + " it went wrong; https://" + open_net + " it went wrong");
}

BOOST_AUTO_TEST_CASE(the_endpoint_that_worked_is_asked_first_for_ten_minutes) {
  answer = unreachable({vpc}, errc::dns_failed);
  const auto session = start();
  call(session);
  calls.clear();
  advance(10min - 1ms);
  call(session);
  BOOST_TEST((hosts() == names{open_net}));
  calls.clear();
  advance(1ms);
  call(session);
  BOOST_TEST((hosts() == names{vpc, open_net}));
}

BOOST_AUTO_TEST_CASE(what_worked_is_remembered_by_product_and_region) {
  answer = unreachable({vpc}, errc::dns_failed);
  const auto session = start();
  call(session);
  calls.clear();
  call(session, token_call("cn-beijing"));
  BOOST_TEST((hosts() == names{"cr-vpc.cn-beijing.aliyuncs.com"}));
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_answers_with_an_error_is_reachable) {
  answer = [](const http_call&) { return response(503, "<html>"); };
  const auto session = start();
  call(session);
  call(session);
  BOOST_TEST((hosts() == names{vpc, vpc}));
}

BOOST_AUTO_TEST_CASE(endpoints_can_be_overridden) {
  cloud_session_deps deps;
  deps.endpoints.cr_url = "http://127.0.0.1:8080";
  const auto session = start(std::move(deps));
  BOOST_TEST(call(session, token_call("")).has_value());
  BOOST_TEST((hosts() == names{"127.0.0.1:8080"}));
  BOOST_TEST(find_header(calls[0].request.headers, "host") == "127.0.0.1:8080");
}

BOOST_AUTO_TEST_CASE(without_a_region_there_is_no_endpoint) {
  cloud_session_deps deps;
  deps.endpoints.sts_url = "https://sts.{region}.example";
  const auto session = start(std::move(deps));
  for (const auto* region : {"", "nowhere", "cn-x.evil.example/"}) {
    const auto body = call(session, token_call(region));
    BOOST_REQUIRE(!body);
    BOOST_TEST((body.error().code == errc::not_ready));
    BOOST_TEST(!call(session, {aliyun::assume_role({}), region, std::nullopt}));
  }
  BOOST_TEST(calls.empty());
}

BOOST_AUTO_TEST_CASE(a_caller_that_asks_for_what_is_in_flight_shares_its_answer) {
  answer = [](const http_call&) { return std::nullopt; };
  const auto session = start();
  int answered = 0;
  for (const auto* region : {"cn-hangzhou", "cn-hangzhou", "cn-beijing"})
    system.spawn(
        [](caf::event_based_actor* self, const cloud_session& whom, const char* where, int* count) {
          self->request(whom, cloud_call_bound, token_call(where))
              .then([count](const cloud_reply&) { ++*count; }, [](caf::error&) {});
        },
        session, region, &answered);
  drain();
  BOOST_TEST(calls.size() == 2U);
  caf::anon_send(gateway, close_stream{});
  drain();
  BOOST_TEST(answered == 3);
}

BOOST_AUTO_TEST_CASE(calls_do_not_wait_for_each_other) {
  answer = [](const http_call& made) -> std::optional<result<http_response>> {
    if (host_of(made.request.url) == vpc)
      return std::nullopt;
    return response(200, R"({"IsSuccess":true})");
  };
  const auto session = start();
  BOOST_TEST(!ask<cloud_reply>(session, token_call()).has_value());
  BOOST_TEST(call(session, token_call("cn-beijing")).has_value());
}

BOOST_AUTO_TEST_CASE(a_silent_gateway_is_given_up) {
  answer = [](const http_call&) { return std::nullopt; };
  const auto session = start();
  std::optional<cloud_reply> reply;
  system.spawn(
      [](caf::event_based_actor* self, const cloud_session& whom, std::optional<cloud_reply>* out) {
        self->request(whom, cloud_call_bound, token_call())
            .then([out](const cloud_reply& value) { *out = value; }, [](caf::error&) {});
      },
      session, &reply);
  advance(15s - 1ms);
  BOOST_TEST(!reply.has_value());
  advance(1ms);
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST((reply->body.error().code == errc::actor_down));
  // A late answer finds nobody and harms nothing.
  BOOST_TEST(silent.size() == 1U);
  caf::anon_send(gateway, close_stream{});
  drain();
  BOOST_TEST(silent.empty());
  answer = [](const http_call&) { return response(200, "{}"); };
  BOOST_TEST(call(session).has_value());
}

BOOST_AUTO_TEST_CASE(a_dead_gateway_is_reported) {
  const auto session = start();
  kill(gateway);
  const auto body = call(session);
  BOOST_REQUIRE(!body);
  BOOST_TEST((body.error().code == errc::actor_down));
}

BOOST_AUTO_TEST_CASE(callers_are_answered_when_the_session_dies) {
  answer = [](const http_call&) { return std::nullopt; };
  const auto session = start();
  int errors = 0;
  const auto asker = [](caf::event_based_actor* self, const cloud_session& whom, int* out) {
    const auto count = [out](caf::error&) { ++*out; };
    self->request(whom, 60min, token_call()).then([](const cloud_reply&) {}, count);
    self->request(whom, 60min, ask_region{}).then([](const region_reply&) {}, count);
  };
  system.spawn(asker, session, &errors);
  drain();
  kill(session);
  BOOST_TEST(errors == 2);
}

BOOST_AUTO_TEST_CASE(no_failure_text_holds_what_was_sent) {
  const auto session = start();
  const std::vector<network> worlds{
      unreachable({vpc, open_net}, errc::tls_failed),
      [](const http_call&) {
        return response(400, R"({"Code":"SignatureDoesNotMatch","Message":"Specified signature is
          not matched with our calculation. server string to sign is:POST&MARKtoken"})");
      },
      [](const http_call&) { return response(200, "MARKtoken"); },
  };
  for (const auto& world : worlds) {
    answer = world;
    const auto body = call(session);
    BOOST_REQUIRE(!body);
    BOOST_TEST(to_string(body.error()).find("MARK") == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(nonces_are_32_hexadecimal_digits_and_differ) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto nonce = aliyun::random_nonce();
    BOOST_TEST(nonce.size() == 32U);
    BOOST_TEST(nonce.find_first_not_of("0123456789abcdef") == std::string::npos);
    seen.insert(nonce);
  }
  BOOST_TEST(seen.size() == 100U);
}
