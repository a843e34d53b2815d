#define BOOST_TEST_MODULE session
#include <boost/test/unit_test.hpp>

#include <deque>
#include <functional>
#include <set>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "protocol/aliyun/acr.hpp"
#include "protocol/aliyun/signature.hpp"
#include "protocol/aliyun/sts.hpp"
#include "runtime/aliyun/session.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

http_response response(int status, std::string body, std::vector<http_header> headers = {}) {
  return {status, std::move(headers), secret_string{std::move(body)}};
}

http_response service_error(int status, const std::string& code,
                            std::vector<http_header> headers = {}) {
  return response(status, R"({"Code":")" + code + R"(","Message":"no","RequestId":"R-1"})",
                  std::move(headers));
}

std::string host_of(const std::string& url) {
  const auto start = url.find("://") + 3;
  return url.substr(start, url.find('/', start) - start);
}

struct session_fixture : testing::actor_fixture {
  using network = std::function<std::optional<result<http_response>>(const http_call&)>;

  /// Answers as `answer` says; nothing is silence, until a `close_stream` ends it.
  static http_gateway::behavior_type fake_gateway(http_gateway::pointer self,
                                                  session_fixture* world) {
    return {[self, world](const http_call& call) {
              auto promise = self->make_response_promise<http_reply>();
              world->calls.push_back(call);
              if (auto value = world->answer(call))
                promise.deliver(http_reply{std::move(*value)});
              else
                world->silent.push_back(promise);
              return promise;
            },
            [](const open_stream&) {}, [](const stream_ack&) {},
            [world](const close_stream&) {
              for (auto& promise : std::exchange(world->silent, {}))
                promise.deliver(http_reply{response(200, "{}")});
            }};
  }

  std::chrono::milliseconds boot() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        scheduler.clock().current_time.time_since_epoch());
  }

  cloud_session start(cloud_session_deps deps = {}) {
    gateway = track(system.spawn(fake_gateway, this));
    deps.gateway = gateway;
    deps.wall = wall();
    deps.nonce = [this] { return "nonce" + std::to_string(++nonces); };
    return track(spawn_cloud_session(system, std::move(deps)));
  }

  static cloud_call token_call(std::string region = "cn-hangzhou") {
    return {aliyun::get_authorization_token("cri-1"), std::move(region),
            aliyun::credentials{"STS.id",
                                secret_string{std::string{"MARKsecret"}},
                                secret_string{std::string{"MARKtoken"}},
                                {}}};
  }

  result<secret_string> call(const cloud_session& session, cloud_call what = token_call()) {
    const auto reply = ask<cloud_reply>(session, std::move(what));
    BOOST_REQUIRE(reply.has_value());
    return reply->body;
  }

  result<std::string> region(const cloud_session& session) {
    const auto reply = ask<region_reply>(session, ask_region{});
    BOOST_REQUIRE(reply.has_value());
    return reply->region;
  }

  std::vector<std::string> hosts() const {
    std::vector<std::string> names;
    for (const auto& made : calls)
      names.push_back(host_of(made.request.url));
    return names;
  }

  std::string date_of(std::size_t index) const {
    return std::string{find_header(calls.at(index).request.headers, "x-acs-date")};
  }

  std::string date_header(std::chrono::milliseconds ahead = {}) const {
    return to_http_date(now() + ahead);
  }

  http_gateway gateway;
  network answer = [](const http_call&) { return response(200, R"({"IsSuccess":true})"); };
  std::vector<http_call> calls;
  std::vector<caf::typed_response_promise<http_reply>> silent;
  int nonces = 0;
};

const std::string vpc = "cr-vpc.cn-hangzhou.aliyuncs.com";
const std::string open_net = "cr.cn-hangzhou.aliyuncs.com";

using names = std::vector<std::string>;

/// Endpoints in `dead` fail with `reason`, others answer.
session_fixture::network unreachable(std::set<std::string> dead, errc reason) {
  return [dead = std::move(dead), reason](const http_call& call) -> result<http_response> {
    if (dead.contains(host_of(call.request.url)))
      return make_failure(reason, "http", "it went wrong");
    return response(200, R"({"IsSuccess":true})");
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(session_suite, session_fixture)

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

BOOST_AUTO_TEST_CASE(a_service_error_is_told_and_not_retried) {
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

BOOST_AUTO_TEST_CASE(the_next_signature_follows_the_services_clock) {
  answer = [this](const http_call&) {
    return response(200, R"({"IsSuccess":true})", {{"Date", date_header(1h)}});
  };
  const auto session = start();
  call(session);
  BOOST_TEST(date_of(0) == to_rfc3339(now()));
  call(session);
  BOOST_TEST(date_of(1) == to_rfc3339(now() + 1h));
}

BOOST_AUTO_TEST_CASE(a_refused_time_stamp_is_corrected_and_tried_once_more) {
  answer = [this](const http_call& made) -> result<http_response> {
    const auto stamp = parse_rfc3339(find_header(made.request.headers, "x-acs-date"));
    const std::vector<http_header> headers{{"Date", date_header(20min)}};
    if (*stamp < now() + 5min)
      return service_error(400, "InvalidTimeStamp.Expired", headers);
    return response(200, R"({"IsSuccess":true})", headers);
  };
  BOOST_TEST(call(start()).has_value());
  BOOST_TEST(calls.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_time_stamp_that_cannot_be_corrected_is_not_tried_again) {
  answer = [](const http_call&) { return service_error(400, "InvalidTimeStamp.Expired"); };
  const auto body = call(start());
  BOOST_REQUIRE(!body);
  BOOST_TEST((body.error().code == errc::clock_skew));
  BOOST_TEST(calls.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_used_nonce_is_replaced_once) {
  answer = [](const http_call&) { return service_error(400, "SignatureNonceUsed"); };
  BOOST_TEST(!call(start()));
  BOOST_REQUIRE_EQUAL(calls.size(), 2U);
  BOOST_TEST(find_header(calls[1].request.headers, "x-acs-signature-nonce") == "nonce2");
}

BOOST_AUTO_TEST_CASE(a_known_offset_of_the_clock_holds_from_the_first_call) {
  cloud_session_deps deps;
  deps.clock = std::make_shared<aliyun::service_clock>(wall(), [this] { return boot(); });
  deps.clock->observe(date_header(-2h));
  call(start(std::move(deps)));
  BOOST_TEST(date_of(0) == to_rfc3339(now() - 2h + 500ms));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_far_off_is_told_once) {
  std::vector<std::string> lines;
  cloud_session_deps deps;
  deps.log = logger{[&](const log_record& r) { lines.emplace_back(r.event); }, log_level::info};
  deps.clock = std::make_shared<aliyun::service_clock>(wall(), [this] { return boot(); });
  auto ahead = 14min;
  answer = [&](const http_call&) {
    return response(200, R"({"IsSuccess":true})", {{"Date", date_header(ahead)}});
  };
  const auto session = start(std::move(deps));
  call(session);
  BOOST_TEST(lines.empty());
  ahead = 16min;
  call(session);
  call(session);
  BOOST_TEST(lines == names{"clock_skew"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_clock_of_a_proxy_that_answers_instead_is_not_believed) {
  cloud_session_deps deps;
  const auto clock = std::make_shared<aliyun::service_clock>(wall(), [this] { return boot(); });
  deps.clock = clock;
  answer = [&](const http_call&) { return response(502, "<html>", {{"Date", date_header(5h)}}); };
  call(start(std::move(deps)));
  BOOST_TEST((clock->now() == now()));
}

BOOST_AUTO_TEST_CASE(whoever_asks_for_what_is_under_way_shares_its_answer) {
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

BOOST_AUTO_TEST_CASE(a_dead_gateway_is_told) {
  const auto session = start();
  kill(gateway);
  const auto body = call(session);
  BOOST_REQUIRE(!body);
  BOOST_TEST((body.error().code == errc::actor_down));
}

BOOST_AUTO_TEST_CASE(whoever_waits_is_answered_when_the_session_dies) {
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

BOOST_AUTO_TEST_CASE(the_region_is_asked_once_with_a_token) {
  answer = [](const http_call& made) {
    return response(200, made.request.method == "PUT" ? "MARKtoken" : "cn-shanghai\n");
  };
  const auto session = start();
  BOOST_TEST(region(session).value() == "cn-shanghai");
  BOOST_TEST(region(session).value() == "cn-shanghai");
  BOOST_REQUIRE_EQUAL(calls.size(), 2U);
  BOOST_TEST(calls[0].request.url == "http://100.100.100.200/latest/api/token");
  BOOST_TEST(calls[1].request.url == "http://100.100.100.200/latest/meta-data/region-id");
  BOOST_TEST(find_header(calls[1].request.headers, "x-aliyun-ecs-metadata-token") == "MARKtoken");
  for (const auto& made : calls) {
    BOOST_TEST(!made.limits.use_proxy);
    BOOST_TEST((made.limits.deadline == 2s));
  }
}

BOOST_AUTO_TEST_CASE(a_service_without_tokens_is_asked_without) {
  for (const int status : {403, 404, 405}) {
    calls.clear();
    answer = [status](const http_call& made) {
      return made.request.method == "PUT" ? response(status, "") : response(200, "cn-shanghai");
    };
    BOOST_TEST(region(start()).value() == "cn-shanghai");
    BOOST_TEST(find_header(calls[1].request.headers, "x-aliyun-ecs-metadata-token").empty());
  }
}

BOOST_AUTO_TEST_CASE(another_refusal_of_a_token_is_a_failure) {
  answer = [](const http_call&) { return response(500, "MARK"); };
  const auto found = region(start());
  BOOST_REQUIRE(!found);
  BOOST_TEST((found.error().code == errc::http_status));
  BOOST_TEST(calls.size() == 1U);
}

BOOST_AUTO_TEST_CASE(outside_of_the_cloud_the_region_is_not_known_and_asked_for_again) {
  answer = [](const http_call&) -> result<http_response> {
    return make_failure(errc::connect_failed, "http", "nobody there");
  };
  const auto session = start();
  const auto found = region(session);
  BOOST_REQUIRE(!found);
  BOOST_TEST((found.error().code == errc::unavailable));
  BOOST_TEST(found.error().step == "metadata region-id");
  BOOST_TEST(found.error().message.starts_with("nobody answers at http://100.100.100.200"));
  BOOST_TEST(found.error().cause_id == "metadata_unreachable");
  answer = [](const http_call&) { return response(200, "cn-shanghai"); };
  BOOST_TEST(region(session).has_value());
}

BOOST_AUTO_TEST_CASE(a_region_that_is_none_is_not_remembered) {
  answer = [](const http_call& made) {
    return response(200, made.request.method == "PUT" ? "token" : "<html>");
  };
  const auto session = start();
  BOOST_TEST((region(session).error().code == errc::malformed_answer));
  answer = [](const http_call&) { return response(200, "cn-shanghai"); };
  BOOST_TEST(region(session).has_value());
}

BOOST_AUTO_TEST_CASE(all_who_ask_for_the_region_at_once_share_one_question) {
  answer = [](const http_call&) { return std::nullopt; };
  const auto session = start();
  int answered = 0;
  const auto asker = [](caf::event_based_actor* self, const cloud_session& whom, int* out) {
    for (int i = 0; i < 3; ++i)
      self->request(whom, 60min, ask_region{})
          .then([out](const region_reply& reply) { *out += reply.region ? 0 : 1; },
                [](caf::error&) {});
  };
  system.spawn(asker, session, &answered);
  drain();
  BOOST_TEST(calls.size() == 1U);
  advance(7s); // the gateway has lost the question
  BOOST_TEST(answered == 3);
}

BOOST_AUTO_TEST_CASE(any_text_of_the_metadata_service_is_asked_for_with_one_token) {
  answer = [](const http_call& made) {
    return response(200, made.request.method == "PUT" ? "MARKtoken" : "cn-shanghai");
  };
  const auto session = start();
  BOOST_TEST(region(session).has_value());
  const auto reply = ask<metadata_reply>(session, ask_metadata{"ram/security-credentials/"});
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST(reply->text.value().reveal() == "cn-shanghai");
  BOOST_REQUIRE_EQUAL(calls.size(), 3U); // the token of the first question serves the second
  BOOST_TEST(calls[2].request.url ==
             "http://100.100.100.200/latest/meta-data/ram/security-credentials/");
  BOOST_TEST(!calls[2].limits.use_proxy);
}

BOOST_AUTO_TEST_CASE(the_metadata_service_can_be_overridden) {
  cloud_session_deps deps;
  deps.metadata.url = "http://127.0.0.1:8100";
  answer = [](const http_call&) { return response(200, "cn-shanghai"); };
  const auto session = start(std::move(deps));
  BOOST_TEST(region(session).has_value());
  BOOST_TEST(calls[0].request.url == "http://127.0.0.1:8100/latest/api/token");
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
