#define BOOST_TEST_MODULE cloudsim_faults
#include <boost/test/unit_test.hpp>

#include "tests/tools/cloudsim/cloud_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace acr::cloudsim;

namespace {

struct faults_fixture : cloud_fixture {
  std::int64_t inject(const std::string& text) {
    const auto answer = administer("POST", "/faults", text);
    BOOST_REQUIRE(answer.status == 201);
    return boost::json::parse(answer.body).at("id").as_int64();
  }

  response call(const std::string& instance = "cri-one") {
    return ask(token_request(puller, instance));
  }

  boost::json::object calls(const std::string& query = "") {
    return boost::json::parse(administer("GET", "/calls" + query).body).as_object();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(faults_suite, faults_fixture)

BOOST_AUTO_TEST_CASE(a_fault_hits_as_often_as_it_says) {
  inject(R"({"operation":"GetAuthorizationToken","kind":"error_code","code":"InternalError",
             "status":500,"times":2})");
  BOOST_TEST(code(token_request(puller)) == "500 InternalError");
  BOOST_TEST(code(token_request(puller)) == "500 InternalError");
  BOOST_TEST(code(token_request(puller)) == "200 success");
}

BOOST_AUTO_TEST_CASE(a_fault_lasts_until_it_is_removed) {
  const auto id = inject(R"({"operation":"*","kind":"http_status","times":"forever"})");
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(call().status == 503);
  const auto list = boost::json::parse(administer("GET", "/faults").body).at("faults").as_array();
  BOOST_REQUIRE(list.size() == 1U);
  BOOST_TEST(list[0].at("hits").to_number<int>() == 5);
  BOOST_TEST(administer("DELETE", "/faults/" + std::to_string(id)).status == 200);
  BOOST_TEST(administer("DELETE", "/faults/" + std::to_string(id)).status == 404);
  BOOST_TEST(call().status == 200);
  inject(R"({"operation":"*","kind":"http_status"})");
  BOOST_TEST(administer("DELETE", "/faults").status == 200);
  BOOST_TEST(call().status == 200);
}

BOOST_AUTO_TEST_CASE(a_fault_hits_only_what_it_names) {
  inject(R"({"operation":"GetAuthorizationToken","match":{"instance":"cri-one"},"kind":"reset"})");
  BOOST_TEST((call("cri-one").how == fate::reset));
  BOOST_TEST((call("cri-bare").how == fate::deliver));
  administer("DELETE", "/faults");

  inject(R"({"operation":"*","match":{"account":"1000000000000002"},"kind":"reset"})");
  BOOST_TEST((call().how == fate::deliver));
  const auto far = assume(assume(puller, same_account), partner);
  BOOST_TEST((ask(token_request(far, "cri-two")).how == fate::reset));
  administer("DELETE", "/faults");

  inject(R"({"operation":"AssumeRole","match":{"role":"*/partner"},"kind":"reset"})");
  BOOST_TEST((ask(assume_request(puller, same_account)).how == fate::deliver));
  BOOST_TEST((ask(assume_request(puller, partner)).how == fate::reset));
  administer("DELETE", "/faults");

  inject(R"({"operation":"*","match":{"host":"cr-vpc.*"},"kind":"reset"})");
  BOOST_TEST((call().how == fate::deliver));
  administer("DELETE", "/faults");

  inject(R"({"operation":"*","match":{"key":"LTAInobody"},"kind":"reset"})");
  BOOST_TEST((call().how == fate::deliver));
  BOOST_TEST((ask(token_request(nobody)).how == fate::reset));
}

BOOST_AUTO_TEST_CASE(the_personal_edition_has_faults_of_its_own) {
  inject(R"({"operation":"GET /tokens","kind":"error_code","code":"Busy","status":503})");
  BOOST_TEST(call().status == 200);
  const auto from = roa_v1(puller, "cr.cn-hangzhou.aliyuncs.com", "/tokens");
  BOOST_TEST(body(from).at("code").as_string() == "Busy");
}

BOOST_AUTO_TEST_CASE(throttling_may_say_how_long) {
  inject(R"({"operation":"*","kind":"throttle","times":1})");
  const auto silent = call();
  BOOST_TEST(silent.status == 400);
  BOOST_TEST(boost::json::parse(silent.body).at("Code").as_string() == "Throttling.User");
  BOOST_TEST(find_header(silent.headers, "x-ratelimit-user-api").empty());
  inject(R"({"operation":"*","kind":"throttle","code":"Throttling.Api","retry_after":2})");
  const auto told = call();
  BOOST_TEST(boost::json::parse(told.body).at("Code").as_string() == "Throttling.Api");
  BOOST_TEST(find_header(told.headers, "x-ratelimit-user-api") ==
             "Limit:1,Remain:0,TimeLeft:2000,Reset:1234");
}

BOOST_AUTO_TEST_CASE(an_answer_can_be_replaced) {
  inject(R"({"operation":"*","kind":"html","times":1})");
  const auto page = call();
  BOOST_TEST(page.status == 502);
  BOOST_TEST(page.body.starts_with("<html>"));
  inject(R"({"operation":"*","kind":"garbage","times":1})");
  boost::system::error_code error;
  boost::json::parse(call().body, error);
  BOOST_TEST(error.failed());
  inject(R"({"operation":"*","kind":"answer","body":"{}","status":201,"times":1})");
  BOOST_TEST(call().body == "{}");
  inject(
      R"({"operation":"*","kind":"error_code","code":"INSTANCE_NOT_EXIST","status":200,"times":1})");
  BOOST_TEST(!boost::json::parse(call().body).at("IsSuccess").as_bool());
  inject(R"({"operation":"*","kind":"http_status","status":429,"retry_after":7,"times":1})");
  BOOST_TEST(find_header(call().headers, "retry-after") == "7");
}

BOOST_AUTO_TEST_CASE(a_call_whose_answer_is_lost_was_executed) {
  const auto issued = [&] {
    return boost::json::parse(administer("GET", "/passwords/count").body)
        .at("issued")
        .to_number<int>();
  };
  int wanted = 0;
  for (const auto& [kind, how] : std::vector<std::pair<std::string, fate>>{
           {"silence", fate::silence}, {"truncate", fate::truncate}, {"reset", fate::reset}}) {
    inject(R"({"operation":"*","times":1,"kind":")" + kind + "\"}");
    const auto out = call();
    BOOST_TEST((out.how == how));
    BOOST_TEST(issued() == ++wanted);
  }
  inject(R"({"operation":"*","kind":"delay","ms":250,"times":1})");
  const auto late = call();
  BOOST_TEST(late.delay.count() == 250);
  BOOST_TEST(late.status == 200);
  inject(R"({"operation":"*","kind":"throttle"})");
  call();
  BOOST_TEST(issued() == wanted + 1); // what is refused is not executed
}

BOOST_AUTO_TEST_CASE(a_fault_that_makes_no_sense_is_refused) {
  for (const auto* text :
       {"", "[]", R"({"kind":"other"})", R"({"kind":"error_code"})", R"({"kind":"delay","ms":-1})",
        R"({"kind":"delay","times":0})", R"({"kind":"delay","times":"often"})",
        R"({"kind":"reset","match":{"colour":"red"}})", R"({"kind":"reset","matches":{}})",
        R"({"kind":"http_status","status":1000})", R"({"kind":5})"})
    BOOST_TEST(administer("POST", "/faults", text).status == 400);
}

BOOST_AUTO_TEST_CASE(calls_are_listed_without_secrets) {
  const auto session = assume(puller, same_account);
  call();
  ask(token_request(session));
  ask(token_request({"LTAIunknown", "x", ""}));
  const auto told = calls();
  BOOST_TEST(told.at("total").to_number<int>() == 4);
  BOOST_TEST(told.at("counts").at("GetAuthorizationToken").to_number<int>() == 3);
  const auto& list = told.at("calls").as_array();
  BOOST_TEST(list[0].at("role").as_string() == same_account);
  BOOST_TEST(list[1].at("caller").as_string() == "acs:ram::1000000000000001:user/puller");
  BOOST_TEST(list[1].at("instance").as_string() == "cri-one");
  BOOST_TEST(list[1].at("region").as_string() == "cn-hangzhou");
  BOOST_TEST(list[1].at("scheme").as_string() == "v3");
  BOOST_TEST(list[2].at("caller").as_string() == same_account + "/helper");
  BOOST_TEST(list[3].at("code").as_string() == "InvalidAccessKeyId.NotFound");
  BOOST_TEST(list[3].at("status").to_number<int>() == 404);
  const auto text = administer("GET", "/calls").body;
  BOOST_TEST(text.find(session.token) == std::string::npos);
  BOOST_TEST(text.find(session.secret) == std::string::npos);

  BOOST_TEST(calls("?since=3").at("calls").as_array().size() == 1U);
  administer("DELETE", "/calls");
  BOOST_TEST(calls().at("total").to_number<int>() == 0);
  BOOST_TEST(calls().at("next").to_number<int>() == 4); // numbers go on
}

BOOST_AUTO_TEST_CASE(a_call_that_was_hit_says_so) {
  inject(R"({"operation":"*","kind":"throttle"})");
  call();
  BOOST_TEST(calls().at("calls").at(0).at("fault").as_string() == "throttle");
}

BOOST_AUTO_TEST_CASE(a_bad_world_replaces_nothing) {
  const auto answer = administer("POST", "/world", "accounts: 5");
  BOOST_TEST(answer.status == 400);
  BOOST_TEST(answer.body.find("world:1:") != std::string::npos);
  BOOST_TEST(call().status == 200);
}

BOOST_AUTO_TEST_CASE(what_the_administration_does_not_know_is_404) {
  BOOST_TEST(administer("GET", "/nothing").status == 404);
  BOOST_TEST(administer("PUT", "/faults").status == 404);
  BOOST_TEST(administer("POST", "/clock", R"({"offset_s":"late"})").status == 400);
  BOOST_TEST(administer("GET", "/healthz").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
