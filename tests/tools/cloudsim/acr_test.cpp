#define BOOST_TEST_MODULE cloudsim_acr
#include <boost/test/unit_test.hpp>

#include "tests/tools/cloudsim/cloud_fixture.hpp"

using namespace acr;
using namespace acr::testing;

namespace {

constexpr auto cr = "cr.cn-hangzhou.aliyuncs.com";

std::string text(const boost::json::object& from, const char* name) {
  return from.at(name).as_string().c_str();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(acr_suite, cloud_fixture)

BOOST_AUTO_TEST_CASE(a_password_of_a_key_lives_an_hour) {
  const auto answer = body(token_request(puller));
  BOOST_TEST(answer.at("IsSuccess").as_bool());
  BOOST_TEST(text(answer, "Code") == "success");
  BOOST_TEST(text(answer, "TempUsername") == "cr_temp_user");
  BOOST_TEST(text(answer, "AuthorizationToken").find(':') != std::string::npos);
  BOOST_TEST(text(answer, "AuthorizationToken").size() > 200U);
  BOOST_TEST(answer.at("ExpireTime").as_int64() == (now + 1h).time_since_epoch().count());
}

BOOST_AUTO_TEST_CASE(each_call_gives_a_new_password) {
  BOOST_TEST(text(body(token_request(puller)), "AuthorizationToken") !=
             text(body(token_request(puller)), "AuthorizationToken"));
  const auto count = boost::json::parse(administer("GET", "/passwords/count").body);
  BOOST_TEST(count.at("issued").as_int64() == 2);
  BOOST_TEST(count.at("valid").as_int64() == 2);
}

BOOST_AUTO_TEST_CASE(a_password_ends_with_the_session_that_asked_for_it) {
  const auto session = assume(puller, same_account, {{"DurationSeconds", "900"}});
  const auto end = (now + 900s).time_since_epoch().count();
  now += 10min;
  BOOST_TEST(body(token_request(session)).at("ExpireTime").as_int64() == end);
  cloud.replace_world(parse(std::string{test_world} + "behaviour: {flat_password_hour: true}\n"));
  BOOST_TEST(body(token_request(session)).at("ExpireTime").as_int64() ==
             (now + 1h).time_since_epoch().count());
}

BOOST_AUTO_TEST_CASE(a_long_session_still_gives_passwords_of_an_hour) {
  const auto session = assume(puller, same_account, {{"DurationSeconds", "7200"}});
  BOOST_TEST(body(token_request(session)).at("ExpireTime").as_int64() ==
             (now + 1h).time_since_epoch().count());
}

BOOST_AUTO_TEST_CASE(passwords_live_as_long_as_the_world_says) {
  cloud.replace_world(parse(std::string{test_world} + "lifetimes: {scale: 0.01}\n"));
  BOOST_TEST(body(token_request(puller)).at("ExpireTime").as_int64() ==
             (now + 36s).time_since_epoch().count());
  cloud.replace_world(parse(std::string{test_world} + "lifetimes: {password_s: 12.5}\n"));
  BOOST_TEST(body(token_request(puller)).at("ExpireTime").as_int64() ==
             (now + 12500ms).time_since_epoch().count());
}

BOOST_AUTO_TEST_CASE(an_instance_is_found_in_its_region_and_account_only) {
  BOOST_TEST(code(token_request(puller, "cri-none")) == "404 INSTANCE_NOT_EXIST");
  BOOST_TEST(code(token_request(puller, "cri-bare")) == "404 INSTANCE_NOT_EXIST");
  BOOST_TEST(code(token_request(puller, "cri-two")) == "404 INSTANCE_NOT_EXIST");
  BOOST_TEST(code(token_request(puller, "")) == "400 MissingInstanceId");
  // At an explicit endpoint the region is a parameter, or any.
  const auto at_address = [&](const aliyun::parameters& query) {
    return code(v3(puller, "127.0.0.1:8080", "2018-12-01", "GetAuthorizationToken", query));
  };
  BOOST_TEST(at_address({{"InstanceId", "cri-bare"}}) == "200 success");
  BOOST_TEST(at_address({{"InstanceId", "cri-bare"}, {"RegionId", "cn-hangzhou"}}) ==
             "404 INSTANCE_NOT_EXIST");
}

BOOST_AUTO_TEST_CASE(a_missing_instance_can_be_reported_in_the_body_of_a_200) {
  cloud.replace_world(
      parse(std::string{test_world} + "behaviour: {missing_instance_in_body: true}\n"));
  const auto from = token_request(puller, "cri-none");
  const auto answer = body(from);
  BOOST_TEST(!answer.at("IsSuccess").as_bool());
  BOOST_TEST(text(answer, "Code") == "INSTANCE_NOT_EXIST");
  BOOST_TEST(ask(token_request(puller, "cri-none")).status == 200);
}

BOOST_AUTO_TEST_CASE(policies_decide) {
  BOOST_TEST(code(token_request(nobody)) == "403 Forbidden.RAM");
  BOOST_TEST(code(token_request(root)) == "200 success");
  const auto answer = body(token_request(puller, "cri-forbidden"));
  BOOST_TEST(text(answer, "Code") == "Forbidden.RAM");
  BOOST_TEST(text(answer.at("AccessDeniedDetail").as_object(), "NoPermissionType") ==
             "ExplicitDeny");
}

BOOST_AUTO_TEST_CASE(a_change_of_the_world_counts_at_once_and_keeps_sessions) {
  const auto session = assume(puller, same_account);
  auto poorer = std::string{test_world};
  const std::string rights = R"(Action: ["cr:*", "sts:AssumeRole"])";
  for (auto at = poorer.find(rights); at != std::string::npos; at = poorer.find(rights, at))
    poorer.replace(at, rights.size(), "Action: none");
  BOOST_TEST(administer("POST", "/world", poorer).status == 200);
  BOOST_TEST(code(token_request(session)) == "403 Forbidden.RAM");
  BOOST_TEST(administer("POST", "/world", test_world).status == 200);
  BOOST_TEST(code(token_request(session)) == "200 success");
}

BOOST_AUTO_TEST_CASE(endpoints_are_listed_with_all_their_domains) {
  const auto answer =
      body(v3(puller, cr, "2018-12-01", "ListInstanceEndpoint", {{"InstanceId", "cri-one"}}));
  const auto& list = answer.at("Endpoints").as_array();
  BOOST_REQUIRE(list.size() == 2U);
  const auto& internet = list[0].as_object();
  BOOST_TEST(text(internet, "EndpointType") == "internet");
  BOOST_TEST(internet.at("Enable").as_bool());
  BOOST_TEST(internet.at("AclEnable").as_bool());
  BOOST_TEST(text(internet, "Status") == "RUNNING");
  const auto& domains = internet.at("Domains").as_array();
  BOOST_REQUIRE(domains.size() == 2U);
  BOOST_TEST(text(domains[0].as_object(), "Type") == "SYSTEM");
  BOOST_TEST(text(domains[1].as_object(), "Domain") == "images.example");
  BOOST_TEST(text(domains[1].as_object(), "Type") == "USER");
  BOOST_TEST(text(internet.at("AclEntries").as_array()[0].as_object(), "Entry") == "10.0.0.0/8");
  const auto& vpc = list[1].as_object();
  BOOST_TEST(!vpc.at("Enable").as_bool());
  BOOST_TEST(text(vpc.at("LinkedVpcs").as_array()[0].as_object(), "VpcId") == "vpc-1");
}

BOOST_AUTO_TEST_CASE(a_list_of_endpoints_may_be_short_or_empty) {
  const auto list_for = [&](const char* host, const aliyun::parameters& query) {
    return body(v3(puller, host, "2018-12-01", "ListInstanceEndpoint", query))
        .at("Endpoints")
        .as_array();
  };
  BOOST_TEST(
      !list_for(cr, {{"InstanceId", "cri-one"}, {"Summary", "true"}})[0].as_object().contains(
          "AclEntries"));
  BOOST_TEST(list_for("cr.cn-shanghai.aliyuncs.com", {{"InstanceId", "cri-bare"}}).empty());
  BOOST_TEST(list_for(cr, {{"InstanceId", "cri-one"}, {"ModuleName", "Chart"}}).empty());
}

BOOST_AUTO_TEST_CASE(instances_are_listed_by_page) {
  const auto page = [&](const aliyun::parameters& query) {
    return body(v3(puller, cr, "2018-12-01", "ListInstance", query));
  };
  const auto all = page({});
  BOOST_TEST(all.at("TotalCount").as_int64() == 2);
  BOOST_TEST(all.at("Instances").as_array().size() == 2U);
  BOOST_TEST(text(all.at("Instances").as_array()[0].as_object(), "RegionId") == "cn-hangzhou");
  const auto second = page({{"PageNo", "2"}, {"PageSize", "1"}});
  BOOST_TEST(second.at("TotalCount").as_int64() == 2);
  BOOST_REQUIRE(second.at("Instances").as_array().size() == 1U);
  BOOST_TEST(text(second.at("Instances").as_array()[0].as_object(), "InstanceId") ==
             "cri-forbidden");
  BOOST_TEST(page({{"InstanceName", "on"}}).at("TotalCount").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(one_instance_is_described) {
  const auto answer =
      body(v3(puller, cr, "2018-12-01", "GetInstance", {{"InstanceId", "cri-one"}}));
  BOOST_TEST(text(answer, "InstanceStatus") == "RUNNING");
  BOOST_TEST(answer.at("CreateTime").is_int64());
}

BOOST_AUTO_TEST_CASE(the_personal_edition_answers_in_its_own_spelling) {
  const auto answer = body(roa_v1(puller, cr, "/tokens"));
  const auto& data = answer.at("data").as_object();
  BOOST_TEST(text(data, "tempUserName") == "cr_temp_user");
  BOOST_TEST(data.at("expireDate").as_int64() == (now + 1h).time_since_epoch().count());
  BOOST_TEST(!text(data, "authorizationToken").empty());
  BOOST_TEST(answer.contains("requestId"));
  BOOST_TEST(code(roa_v1(puller, "cr.cn-shanghai.aliyuncs.com", "/tokens")) ==
             "404 USER_NOT_EXIST");
  BOOST_TEST(code(roa_v1(nobody, cr, "/tokens")) == "403 Forbidden.RAM");
  BOOST_TEST(code(roa_v1(puller, "127.0.0.1:8080", "/tokens")) == "200 ");
}

BOOST_AUTO_TEST_SUITE_END()
