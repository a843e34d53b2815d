#define BOOST_TEST_MODULE acr
#include <boost/test/unit_test.hpp>

#include "protocol/aliyun/acr.hpp"

using namespace acr;
using namespace acr::aliyun;
using namespace std::chrono_literals;

namespace {

const wall_time now{1700000000000ms};

// By value of the field ExpireTime or expireDate, as JSON.
secret_string enterprise(const std::string& expiry) {
  return secret_string{R"({"RequestId":"1","Code":"success","IsSuccess":true,)"
                       R"("TempUsername":"cr_temp_user","AuthorizationToken":"MARK:word",)"
                       R"("ExpireTime":)" +
                       expiry + "}"};
}
secret_string personal(const std::string& expiry) {
  return secret_string{R"({"requestId":"1","data":{"tempUserName":"cr_temp_user",)"
                       R"("authorizationToken":"MARK:word","expireDate":)" +
                       expiry + "}}"};
}

template <class T>
std::string message(const result<T>& value) {
  BOOST_REQUIRE(!value);
  BOOST_TEST((value.error().code == errc::malformed_answer));
  BOOST_TEST(value.error().message.find("MARK") == std::string::npos);
  return value.error().message;
}

std::string enterprise_message(std::string text) {
  return message(read_authorization_token(secret_string{std::move(text)}, now));
}
std::string personal_message(std::string text) {
  return message(read_personal_token(secret_string{std::move(text)}, now));
}
std::string endpoints_message(std::string text) {
  return message(read_instance_endpoints(secret_string{std::move(text)}));
}

} // namespace

BOOST_AUTO_TEST_CASE(passwords_of_both_editions_are_read) {
  for (const auto& token : {read_authorization_token(enterprise("1700003600000"), now),
                            read_personal_token(personal("1700003600000"), now)}) {
    BOOST_REQUIRE(token.has_value());
    BOOST_TEST(token->user == "cr_temp_user");
    BOOST_TEST(token->password.reveal() == "MARK:word");
    BOOST_TEST((token->expires_at == now + 1h));
  }
}

BOOST_AUTO_TEST_CASE(an_expiry_may_be_a_number_in_a_string_or_written_with_an_exponent) {
  for (const auto* text : {"\"1700003600000\"", "1.7000036e12"}) {
    const auto token = read_authorization_token(enterprise(text), now);
    BOOST_REQUIRE(token.has_value());
    BOOST_TEST((token->expires_at == now + 1h));
  }
}

BOOST_AUTO_TEST_CASE(a_bad_expiry_is_refused) {
  for (const auto* text : {"\"\"", "\"MARK\"", "\"17e9\"", "-1", "true", "{}", "9e99",
                           "18446744073709551615", "1700003600000.5"})
    BOOST_TEST(message(read_authorization_token(enterprise(text), now)) ==
               "ExpireTime is not a time");
  for (const auto* text : {"1700000000000", "1700003600", "0"}) // now; seconds in place of ms
    BOOST_TEST(message(read_personal_token(personal(text), now))
                   .starts_with("data.expireDate is in the past"));
  BOOST_TEST(message(read_authorization_token(enterprise("null"), now)) == "ExpireTime is missing");
}

BOOST_AUTO_TEST_CASE(missing_and_wrong_fields_of_enterprise_passwords_are_named) {
  BOOST_TEST(enterprise_message(R"({"AuthorizationToken":"MARK","ExpireTime":1700003600000})") ==
             "TempUsername is missing");
  BOOST_TEST(enterprise_message(R"({"TempUsername":"u","AuthorizationToken":"",)"
                                R"("ExpireTime":1700003600000})") == "AuthorizationToken is empty");
  BOOST_TEST(enterprise_message(R"({"TempUsername":"u","AuthorizationToken":["MARK"],)"
                                R"("ExpireTime":1700003600000})") ==
             "AuthorizationToken is not a string");
  BOOST_TEST(enterprise_message(R"({"TempUsername":"u","AuthorizationToken":"MARK"})") ==
             "ExpireTime is missing");
}

BOOST_AUTO_TEST_CASE(missing_and_wrong_fields_of_personal_passwords_are_named) {
  BOOST_TEST(personal_message(R"({"requestId":"1"})") == "data is missing");
  BOOST_TEST(personal_message(R"({"data":"MARK"})") == "data is not an object");
  BOOST_TEST(personal_message(R"({"data":{"TempUsername":"MARK"}})") ==
             "data.tempUserName is missing");
}

BOOST_AUTO_TEST_CASE(readers_tell_which_call_gave_the_answer) {
  const secret_string empty{std::string{"{}"}};
  BOOST_TEST(read_authorization_token(empty, now).error().step == "cr GetAuthorizationToken");
  BOOST_TEST(read_personal_token(secret_string{}, now).error().step == "cr GetAuthorizationToken");
  BOOST_TEST(read_instance_endpoints(empty).error().step == "cr ListInstanceEndpoint");
}

BOOST_AUTO_TEST_CASE(domains_of_enabled_endpoints_are_listed_in_order_without_doubles) {
  const auto domains = read_instance_endpoints(secret_string{std::string{R"({
    "RequestId":"1","IsSuccess":true,"Code":"success","Endpoints":[
      {"EndpointType":"internet","Enable":true,"AclEnable":true,"Status":"RUNNING",
       "AclEntries":[{"Entry":"0.0.0.0/0"}],"LinkedVpcs":[],
       "Domains":[{"Domain":"A-registry.cn-hangzhou.cr.aliyuncs.com ","Type":"SYSTEM"},
                  {"Domain":"images.example.com","Type":"USER"}]},
      {"EndpointType":"vpc","Enable":true,
       "Domains":[{"Domain":"a-registry-vpc.cn-hangzhou.cr.aliyuncs.com","Type":"SYSTEM"},
                  {"Domain":"images.example.com","Type":"USER"}]},
      {"EndpointType":"intranet","Enable":false,
       "Domains":[{"Domain":"off.example.com","Type":"USER"}]}]})"}});
  BOOST_REQUIRE(domains.has_value());
  BOOST_TEST((*domains == std::vector<endpoint_domain>{
                              {"a-registry.cn-hangzhou.cr.aliyuncs.com", "internet", false},
                              {"images.example.com", "internet", true},
                              {"a-registry-vpc.cn-hangzhou.cr.aliyuncs.com", "vpc", false}}));
}

BOOST_AUTO_TEST_CASE(an_instance_without_endpoints_has_no_domains) {
  const auto domains = read_instance_endpoints(secret_string{std::string{R"({"Endpoints":[]})"}});
  BOOST_REQUIRE(domains.has_value());
  BOOST_TEST(domains->empty());
}

BOOST_AUTO_TEST_CASE(one_domain_of_no_use_does_not_cost_the_others) {
  for (const auto* bad : {R"({"Domain":""})", R"({"Domain":1})", R"({})", R"("text")", "null",
                          R"({"Domain":"evil.com/path"})", R"({"Domain":"u@evil.com"})",
                          R"({"Domain":"*.com","Type":"USER"})", R"({"Domain":"a b\n.com"})"}) {
    const auto list =
        std::string{R"({"Endpoints":[{"Enable":true,"EndpointType":"vpc","Domains":[)"} + bad;
    const auto read =
        read_instance_endpoints(secret_string{list + R"(,{"Domain":"good.example"}]}]})"});
    BOOST_REQUIRE_MESSAGE(read.has_value(), bad);
    BOOST_REQUIRE_EQUAL(read->size(), 1U);
    BOOST_TEST(read->front().host == "good.example");
    const auto none = read_instance_endpoints(secret_string{list + "]}]}"});
    BOOST_REQUIRE_MESSAGE(none.has_error(), bad);
    BOOST_TEST(none.error().message ==
               "Endpoints holds no domain that images could be pulled from");
  }
}

BOOST_AUTO_TEST_CASE(more_domains_than_an_instance_can_have_are_refused) {
  const auto read = [](std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
      list.append(i == 0 ? "" : ",")
          .append(R"({"Domain":"d)" + std::to_string(i) + R"(.example"})");
    return read_instance_endpoints(secret_string{
        R"({"Endpoints":[{"Enable":true,"EndpointType":"vpc","Domains":[)" + list + "]}]}"});
  };
  const auto all = read(most_instance_domains);
  BOOST_REQUIRE(all.has_value());
  BOOST_TEST(all->size() == most_instance_domains);
  const auto too_many = read(most_instance_domains + 1);
  BOOST_REQUIRE(too_many.has_error());
  BOOST_TEST((too_many.error().code == errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(a_user_that_no_client_can_use_is_refused) {
  for (const auto* user : {"a:b", "a\\u0000b", "a\\nb", "\\u007f"}) {
    const auto body = std::string{R"({"TempUsername":")"} + user +
                      R"(","AuthorizationToken":"p","ExpireTime":9000000000000})";
    const auto read = read_authorization_token(secret_string{body}, wall_time{});
    BOOST_REQUIRE_MESSAGE(read.has_error(), user);
    BOOST_TEST(read.error().message.starts_with("TempUsername is no user name"));
  }
}

BOOST_AUTO_TEST_CASE(bad_lists_of_endpoints_are_refused) {
  BOOST_TEST(endpoints_message("{}") == "Endpoints is missing");
  BOOST_TEST(endpoints_message(R"({"Endpoints":{"Endpoint":[]}})") == "Endpoints is not an array");
  BOOST_TEST(endpoints_message(R"({"Endpoints":["MARK"]})") ==
             "Endpoints holds something that is not an object");
  BOOST_TEST(endpoints_message(R"({"Endpoints":[{"Enable":"true"}]})") ==
             "Endpoints.Enable is not true or false");
  BOOST_TEST(endpoints_message(R"({"Endpoints":[{"Enable":true,"EndpointType":"vpc"}]})") ==
             "Endpoints.Domains is missing");
}
