#define BOOST_TEST_MODULE answer
#include <boost/test/unit_test.hpp>

#include "protocol/aliyun/acr.hpp"
#include "protocol/aliyun/answer.hpp"
#include "protocol/aliyun/sts.hpp"

using namespace acr;
using namespace acr::aliyun;
using namespace std::chrono_literals;

namespace {

http_response response(int status, std::string body, std::vector<http_header> headers = {}) {
  return {status, std::move(headers), secret_string{std::move(body)}};
}

result<secret_string> sts(const http_response& answer) {
  return read_answer(assume_role({}), answer);
}
result<secret_string> cr(const http_response& answer) {
  return read_answer(get_authorization_token("cri-1"), answer);
}

failure error_of(const result<secret_string>& value) {
  BOOST_REQUIRE(!value);
  return value.error();
}

std::string gateway_error(const std::string& code, const std::string& message) {
  return R"({"RequestId":"R-1","HostId":"sts.aliyuncs.com","Code":")" + code + R"(","Message":")" +
         message + R"(","Recommend":"https://example"})";
}

} // namespace

BOOST_AUTO_TEST_CASE(a_success_is_handed_on_as_it_is) {
  const auto body = sts(response(200, R"({"Credentials":{}})"));
  BOOST_REQUIRE(body.has_value());
  BOOST_TEST(body->reveal() == R"({"Credentials":{}})");
  BOOST_TEST(cr(response(200, R"({"IsSuccess":true,"Code":"success"})")).has_value());
  BOOST_TEST(cr(response(200, R"({"IsSuccess":"true"})")).has_value());
  BOOST_TEST(cr(response(200, R"({"data":{},"requestId":"1","code":"200"})")).has_value());
}

BOOST_AUTO_TEST_CASE(gateway_errors_are_reported_in_the_services_words) {
  const auto reason = error_of(sts(response(
      404, gateway_error("EntityNotExist.Role", "The role not exists: acs:ram::1:role/r ."))));
  BOOST_TEST((reason.code == errc::not_found));
  BOOST_TEST(reason.step == "sts AssumeRole");
  BOOST_TEST(reason.service_code == "EntityNotExist.Role");
  BOOST_TEST(reason.message == "The role not exists: acs:ram::1:role/r .");
  BOOST_TEST(reason.request_id == "R-1");
  BOOST_TEST(reason.status == 404);
}

BOOST_AUTO_TEST_CASE(lower_case_keys_are_understood) {
  const auto reason =
      error_of(cr(response(403, R"({"code":"Forbidden.RAM","message":"no","requestId":"R-2"})")));
  BOOST_TEST((reason.code == errc::denied));
  BOOST_TEST(reason.message == "no");
  BOOST_TEST(reason.request_id == "R-2");
}

BOOST_AUTO_TEST_CASE(a_failure_may_come_with_status_200) {
  auto reason = error_of(
      cr(response(200, R"({"IsSuccess":false,"Code":"INSTANCE_NOT_EXIST","RequestId":"R-3"})")));
  BOOST_TEST((reason.code == errc::not_found));
  BOOST_TEST(reason.service_code == "INSTANCE_NOT_EXIST");
  reason = error_of(cr(response(200, R"({"IsSuccess":false,"Code":"SOMETHING_ELSE"})")));
  BOOST_TEST((reason.code == errc::rejected));
  reason = error_of(cr(response(200, R"({"IsSuccess":"false"})")));
  BOOST_TEST((reason.code == errc::rejected));
  reason = error_of(sts(response(200, gateway_error("Throttling.User", "slow down"))));
  BOOST_TEST((reason.code == errc::throttled));
}

BOOST_AUTO_TEST_CASE(the_request_id_may_come_in_a_header) {
  const auto reason = error_of(cr(response(500, "oops", {{"X-Acs-Request-Id", "R-4"}})));
  BOOST_TEST(reason.request_id == "R-4");
  BOOST_TEST((reason.code == errc::service_failed));
}

BOOST_AUTO_TEST_CASE(codes_mean_the_same_whatever_the_status) {
  const std::vector<std::pair<const char*, errc>> table{
      {"NoPermission", errc::denied},
      {"Forbidden.RAM", errc::denied},
      {"Forbidden", errc::denied},
      {"AuthenticationFail.NoPermission", errc::denied},
      {"EntityNotExist.Role", errc::not_found},
      {"EntityNotExist.OIDCProvider", errc::not_found},
      {"INSTANCE_NOT_EXIST", errc::not_found},
      {"Throttling", errc::throttled},
      {"Throttling.User", errc::throttled},
      {"Throttling.Api", errc::throttled},
      {"InvalidSecurityToken.Expired", errc::credentials_bad},
      {"InvalidSecurityToken.Malformed", errc::credentials_bad},
      {"InvalidSecurityToken.MismatchWithAccessKey", errc::credentials_bad},
      {"MissingSecurityToken", errc::credentials_bad},
      {"InvalidAccessKeyId.NotFound", errc::credentials_bad},
      {"InvalidAccessKeyId.Inactive", errc::credentials_bad},
      {"SignatureDoesNotMatch", errc::credentials_bad},
      {"IncompleteSignature", errc::credentials_bad},
      {"AuthenticationFail.OIDCToken.Expired", errc::credentials_bad},
      {"AuthenticationFail.OIDCToken.Invalid", errc::credentials_bad},
      {"AuthenticationFail.OIDCToken.AudienceNotMatch", errc::credentials_bad},
      {"AuthenticationFail.OIDCToken.IssuerNotMatch", errc::credentials_bad},
      {"InvalidTimeStamp.Expired", errc::clock_skew},
      {"SignatureNonceUsed", errc::clock_skew},
      {"InvalidParameter.DurationSeconds", errc::parameter_bad},
      {"InvalidParameter", errc::parameter_bad},
      {"MissingParameter.RoleArn", errc::parameter_bad},
      {"MissingRoleArn", errc::parameter_bad},
      {"InvalidAction.NotFound", errc::parameter_bad},
      {"InvalidVersion", errc::parameter_bad},
      {"InternalError", errc::service_failed},
      {"ServiceUnavailable", errc::service_failed},
  };
  for (const auto& [code, meaning] : table)
    for (const int status : {400, 401, 403, 404, 503})
      BOOST_TEST((error_code(code, status) == meaning), code << ' ' << status);
}

BOOST_AUTO_TEST_CASE(unknown_codes_go_by_the_status) {
  BOOST_TEST((error_code("Odd", 400) == errc::rejected));
  BOOST_TEST((error_code("Odd", 401) == errc::credentials_bad));
  BOOST_TEST((error_code("Odd", 403) == errc::denied));
  BOOST_TEST((error_code("Odd", 404) == errc::not_found));
  BOOST_TEST((error_code("Odd", 429) == errc::throttled));
  BOOST_TEST((error_code("Odd", 502) == errc::service_failed));
}

BOOST_AUTO_TEST_CASE(a_throttled_caller_learns_how_long_to_wait) {
  const auto wait = [](std::vector<http_header> headers) {
    return error_of(
               sts(response(400, gateway_error("Throttling.User", "slow"), std::move(headers))))
        .retry_after;
  };
  BOOST_TEST((wait({}) == std::nullopt));
  BOOST_TEST((wait({{"x-ratelimit-user-api", "Limit:1,Remain:0,TimeLeft:2000,Reset:1234"},
                    {"x-ratelimit-user", "Limit:1,Remain:0,TimeLeft:3000,Reset:1234"}}) == 3s));
  BOOST_TEST((wait({{"x-ratelimit-user-api", "TimeLeft:4000"},
                    {"x-ratelimit-user", "TimeLeft:3000"}}) == 4s));
  BOOST_TEST((wait({{"X-RateLimit-User", "TimeLeft:500"}}) == 500ms));
  BOOST_TEST((wait({{"x-ratelimit-user", "TimeLeft:soon"}, {"Retry-After", "7"}}) == 7s));
  BOOST_TEST((wait({{"Date", "Fri, 02 Jan 2026 03:04:05 GMT"},
                    {"Retry-After", "Fri, 02 Jan 2026 03:05:05 GMT"}}) == 60s));
  BOOST_TEST((wait({{"Retry-After", "Fri, 02 Jan 2026 03:05:05 GMT"}}) == std::nullopt));
  BOOST_TEST((wait({{"x-ratelimit-user", "TimeLeft:-5"}}) == std::nullopt));
  // Nobody waits for days because of one header.
  BOOST_TEST((wait({{"Retry-After", "99999999999"}}) == 1h));
  BOOST_TEST((wait({{"x-ratelimit-user", "TimeLeft:9223372036854775807"}}) == 1h));
}

BOOST_AUTO_TEST_CASE(answers_that_explain_nothing_are_distinguished) {
  auto reason = error_of(sts(response(200, "")));
  BOOST_TEST((reason.code == errc::malformed_answer));
  BOOST_TEST(reason.message == "an answer without a body");
  reason = error_of(sts(response(200, R"({"Credentials":{"AccessKeySecret":"MARK)")));
  BOOST_TEST((reason.code == errc::malformed_answer));
  BOOST_TEST(reason.message.starts_with("not JSON: incomplete"));
  BOOST_TEST(reason.message.find("MARK") == std::string::npos);
  reason = error_of(sts(response(200, "<html>sign in</html>", {{"content-type", "text/html"}})));
  BOOST_TEST((reason.code == errc::malformed_answer));
  BOOST_TEST(reason.message.starts_with("an HTML page"));
  reason = error_of(sts(response(503, "<html><body>busy", {{"retry-after", "3"}})));
  BOOST_TEST((reason.code == errc::service_failed));
  BOOST_TEST((reason.retry_after == 3s));
  reason = error_of(sts(response(302, "")));
  BOOST_TEST((reason.code == errc::http_status));
  reason = error_of(sts(response(429, "")));
  BOOST_TEST((reason.code == errc::throttled));
  reason = error_of(sts(response(400, R"({"hello":1})")));
  BOOST_TEST((reason.code == errc::http_status));
  reason = error_of(sts(response(200, "[]")));
  BOOST_TEST((reason.code == errc::malformed_answer));
  reason = error_of(sts(response(200, std::string(100, '['))));
  BOOST_TEST((reason.code == errc::malformed_answer));
  reason = error_of(sts(response(200, R"({"a":")" + std::string(2 << 20, 'x') + "\"}")));
  BOOST_TEST((reason.code == errc::response_too_big));
}

BOOST_AUTO_TEST_CASE(the_string_to_sign_is_never_repeated) {
  for (const auto* message :
       {"Specified signature is not matched with our calculation. server string to sign is:"
        "POST&%2F&AccessKeyId%3DX%26SecurityToken%3DMARK",
        "Specified signature is not matched with our calculation. canonical request is: POST / "
        "x-acs-security-token:MARK"}) {
    const auto reason =
        error_of(cr(response(400, gateway_error("SignatureDoesNotMatch", message))));
    BOOST_TEST(reason.message == "Specified signature is not matched with our calculation");
    BOOST_TEST((reason.code == errc::credentials_bad));
  }
  BOOST_TEST(presentable("Bad thing. server string to sign is:GET&MARK") == "Bad thing. server");
}

BOOST_AUTO_TEST_CASE(long_words_are_left_out_but_not_the_names_of_roles) {
  BOOST_TEST(presentable("token " + std::string(65, 'x') + " is bad") == "token ... is bad");
  const auto arn = "acs:ram::1000000000000002:role/" + std::string(64, 'r');
  BOOST_TEST(presentable("no role " + arn) == "no role " + arn);
}

BOOST_AUTO_TEST_CASE(messages_become_one_short_line) {
  BOOST_TEST(presentable("  a\r\n\tb\x01 c\x7f\n") == "a b c");
  BOOST_TEST(presentable("") == "");
  std::string words;
  for (int i = 0; i < 100; ++i)
    words += "word ";
  BOOST_TEST(presentable(words).size() <= 243U);
  std::string chinese;
  for (int i = 0; i < 200; ++i)
    chinese += i % 20 == 0 ? " " : "\xe4\xb8\xad";
  const auto cut = presentable(chinese);
  BOOST_TEST(cut.ends_with("\xe4\xb8\xad..."));
}

BOOST_AUTO_TEST_CASE(a_denial_tells_which_policy_denied) {
  const auto reason = error_of(sts(response(403, R"({"Code":"NoPermission","Message":"You are not",
    "AccessDeniedDetail":{"PolicyType":"AssumeRolePolicy","NoPermissionType":"ImplicitDeny",
                          "AuthAction":"sts:AssumeRole","EncodedDiagnosticMessage":"xxx"}})")));
  BOOST_TEST(reason.message == "You are not (AssumeRolePolicy, ImplicitDeny, sts:AssumeRole)");
  BOOST_TEST(reason.diagnostic == "xxx");
  BOOST_TEST(reason.principal == "");
}

BOOST_AUTO_TEST_CASE(a_denial_tells_who_lacks_the_permission) {
  const auto principal = [](const std::string& members) {
    return error_of(
               sts(response(403, R"({"Code":"NoPermission","Message":"m","AccessDeniedDetail":{)" +
                                     members + "}}")))
        .principal;
  };
  BOOST_TEST(principal(R"("AuthPrincipalType":"AssumedRoleUser","AuthPrincipalOwnerId":"1200",)"
                       R"("AuthPrincipalDisplayName":"acr-puller:acr-helper.c1")") ==
             "the role acr-puller (session acr-helper.c1) of the account 1200");
  BOOST_TEST(principal(R"("AuthPrincipalType":"SubUser","AuthPrincipalOwnerId":"1200",)"
                       R"("AuthPrincipalDisplayName":"2034")") ==
             "the RAM user 2034 of the account 1200");
  BOOST_TEST(principal(R"("AuthPrincipalOwnerId":"1200","AuthPrincipalDisplayName":"1200")") ==
             "the account 1200");
  BOOST_TEST(principal(R"("AuthPrincipalDisplayName":7)") == "");
  const std::string longest(64, 'a');
  BOOST_TEST(principal(R"("AuthPrincipalType":"AssumedRoleUser","AuthPrincipalDisplayName":")" +
                       longest + ":" + longest + "\"") ==
             "the role " + longest + " (session " + longest + ")");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_decoded_is_no_diagnostic) {
  const auto diagnostic = [](const std::string& text) {
    return error_of(sts(response(403, R"({"Code":"NoPermission","Message":"m",)"
                                      R"("AccessDeniedDetail":{"EncodedDiagnosticMessage":")" +
                                          text + "\"}}")))
        .diagnostic;
  };
  BOOST_TEST(diagnostic("AQIB+/=_-") == "AQIB+/=_-");
  BOOST_TEST(diagnostic("AQ IB") == "");
  BOOST_TEST(diagnostic(std::string(5000, 'A')) == "");
}

BOOST_AUTO_TEST_CASE(what_the_code_says_counts_with_any_status) {
  for (const int status : {200, 403, 500}) {
    const auto code_of = [&](const std::string& code) {
      return error_of(sts(response(status, R"({"Code":")" + code + R"(","IsSuccess":false})")))
          .code;
    };
    BOOST_TEST((code_of("NoPrivilege") == errc::denied));
    BOOST_TEST((code_of("SystemError") == errc::service_failed));
    BOOST_TEST((code_of("USER_NOT_EXIST") == errc::not_found));
  }
}

BOOST_AUTO_TEST_CASE(ids_and_codes_keep_only_what_such_things_consist_of) {
  const auto reason = error_of(
      sts(response(400, R"({"Code":"Odd\n<b>Code","Message":"m","RequestId":"R\u0000-5 \""})")));
  BOOST_TEST(reason.service_code == "OddbCode");
  BOOST_TEST(reason.request_id == "R-5");
}
