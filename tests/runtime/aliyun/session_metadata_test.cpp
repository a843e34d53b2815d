#define BOOST_TEST_MODULE session_metadata
#include <boost/test/unit_test.hpp>

#include "tests/runtime/aliyun/session_fixture.hpp"

using namespace acr;
using namespace acr::testing;

BOOST_FIXTURE_TEST_SUITE(session_metadata_suite, session_fixture)

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
