#define BOOST_TEST_MODULE session_clock
#include <boost/test/unit_test.hpp>

#include "tests/runtime/aliyun/session_fixture.hpp"

using namespace acr;
using namespace acr::testing;

BOOST_FIXTURE_TEST_SUITE(session_clock_suite, session_fixture)

BOOST_AUTO_TEST_CASE(signatures_follow_the_services_clock_once_three_answers_agree) {
  answer = [this](const http_call&) {
    return response(200, R"({"IsSuccess":true})", {{"Date", date_header(1h)}});
  };
  const auto session = start();
  for (int i = 0; i < 4; ++i)
    call(session);
  BOOST_TEST(date_of(0) == to_rfc3339(now()));
  BOOST_TEST(date_of(2) == to_rfc3339(now()));
  BOOST_TEST(date_of(3) == to_rfc3339(now() + 1h));
}

BOOST_AUTO_TEST_CASE(one_absurd_date_of_a_refusal_changes_no_other_calls_signature) {
  answer = [this](const http_call&) -> result<http_response> {
    if (calls.size() <= 1)
      return service_error(403, "NoPermission", {{"Date", "Fri, 01 Jan 2100 00:00:00 GMT"}});
    return response(200, R"({"IsSuccess":true})", {{"Date", date_header()}});
  };
  cloud_session_deps deps;
  const auto clock = std::make_shared<aliyun::service_clock>(wall(), [this] { return boot(); });
  deps.clock = clock;
  const auto session = start(std::move(deps));
  BOOST_TEST(!call(session));
  BOOST_TEST((clock->now() == now()));
  BOOST_TEST(call(session).has_value());
  BOOST_TEST(date_of(1) == to_rfc3339(now()));
}

BOOST_AUTO_TEST_CASE(a_stamp_that_follows_absurd_dates_is_replaced_by_what_other_clocks_say) {
  answer = [this](const http_call& made) -> result<http_response> {
    const std::vector<http_header> headers{{"Date", "Fri, 01 Jan 2100 00:00:00 GMT"}};
    const auto stamp = parse_rfc3339(find_header(made.request.headers, "x-acs-date"));
    if (std::chrono::abs(*stamp - now()) > 15min)
      return service_error(400, "InvalidTimeStamp.Expired", headers);
    return response(200, R"({"IsSuccess":true})", headers);
  };
  cloud_session_deps deps;
  deps.clock = std::make_shared<aliyun::service_clock>(wall(), [this] { return boot(); });
  deps.clock->suggest(date_header());
  const auto session = start(std::move(deps));
  for (int i = 0; i < 6; ++i)
    BOOST_TEST(call(session).has_value(), "call " << i);
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
  for (int i = 0; i < 3; ++i)
    deps.clock->observe(date_header(-2h));
  call(start(std::move(deps)));
  BOOST_TEST(date_of(0) == to_rfc3339(now() - 2h + 500ms));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_far_off_is_reported_once) {
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
  for (int i = 0; i < 6; ++i)
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

BOOST_AUTO_TEST_SUITE_END()
