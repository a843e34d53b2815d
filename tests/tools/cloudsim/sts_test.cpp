#define BOOST_TEST_MODULE cloudsim_sts
#include <boost/test/unit_test.hpp>

#include "tests/tools/cloudsim/cloud_fixture.hpp"

using namespace acr;
using namespace acr::testing;

namespace {

std::string text(const boost::json::object& from, const char* name) {
  return from.at(name).as_string().c_str();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(sts_suite, cloud_fixture)

BOOST_AUTO_TEST_CASE(a_trusted_user_gets_a_session) {
  const auto answer = body(assume_request(puller, same_account));
  const auto& who = answer.at("AssumedRoleUser").as_object();
  BOOST_TEST(text(who, "Arn") == same_account + "/helper");
  BOOST_TEST(text(who, "AssumedRoleId").ends_with(":helper"));
  const auto& given = answer.at("Credentials").as_object();
  BOOST_TEST(text(given, "AccessKeyId").starts_with("STS."));
  BOOST_TEST(text(given, "Expiration") == "2026-01-02T04:04:05Z");
  BOOST_TEST(answer.contains("RequestId"));
}

BOOST_AUTO_TEST_CASE(parameters_may_be_in_the_form) {
  BOOST_TEST(code(rpc_v1(puller, "sts.cn-hangzhou.aliyuncs.com",
                         {{"Action", "AssumeRole"}, {"Version", "2015-04-01"}},
                         {{"RoleArn", same_account}, {"RoleSessionName", "helper"}})) == "200 ");
}

BOOST_AUTO_TEST_CASE(durations_are_between_fifteen_minutes_and_what_the_role_allows) {
  for (const auto& [seconds, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"899", "400 InvalidParameter.DurationSeconds"},
           {"900", "200 "},
           {"7200", "200 "},
           {"7201", "400 InvalidParameter.DurationSeconds"},
           {"43201", "400 InvalidParameter.DurationSeconds"},
           {"an hour", "400 InvalidParameter.DurationSeconds"}})
    BOOST_TEST(code(assume_request(puller, same_account, {{"DurationSeconds", seconds}})) ==
               wanted);
}

BOOST_AUTO_TEST_CASE(parameters_that_are_wrongly_formed_are_refused_by_name) {
  const auto with = [&](const std::string& name, const std::string& value) {
    return code(assume_request(puller, same_account, {{name, value}}));
  };
  BOOST_TEST(with("RoleArn", "acs:ram::x:role/y") == "400 InvalidParameter.RoleArn");
  BOOST_TEST(with("RoleArn", "same-account") == "400 InvalidParameter.RoleArn");
  BOOST_TEST(with("RoleArn", "") == "400 MissingParameter.RoleArn");
  BOOST_TEST(with("RoleSessionName", "") == "400 MissingParameter.RoleSessionName");
  BOOST_TEST(with("RoleSessionName", "x") == "400 InvalidParameter.RoleSessionName");
  BOOST_TEST(with("RoleSessionName", std::string(65, 'x')) ==
             "400 InvalidParameter.RoleSessionName");
  BOOST_TEST(with("RoleSessionName", "a b") == "400 InvalidParameter.RoleSessionName");
  BOOST_TEST(with("ExternalId", "x") == "400 InvalidParameter.ExternalId");
  BOOST_TEST(with("SourceIdentity", "x") == "400 InvalidParameter.SourceIdentity");
  BOOST_TEST(with("SerialNumber", "17") == "400 InvalidParameter.SerialNumber");
  BOOST_TEST(with("TokenCode", "12345x") == "400 InvalidParameter.TokenCode");
  BOOST_TEST(with("Policy", "{") == "400 InvalidParameter.PolicyGrammar");
  BOOST_TEST(with("Policy", R"({"Statement":[{"Effect":"Perhaps"}]})") ==
             "400 InvalidParameter.PolicyGrammar");
  BOOST_TEST(with("Policy", std::string(2049, ' ')) == "400 InvalidParameter.PolicySize");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_form_is_refused) {
  auto from = assume_request(puller, same_account);
  from.body = "{}";
  from.headers.push_back({"Content-Type", "application/json"});
  std::erase_if(from.headers,
                [](const http_header& h) { return h.name == "x-acs-content-sha256"; });
  from.headers.push_back({"x-acs-content-sha256", aliyun::sha256_hex(from.body)});
  sign_v3(from, puller);
  BOOST_TEST(code(from) == "400 InvalidParameter.ContentType");
}

BOOST_AUTO_TEST_CASE(a_role_that_does_not_exist_is_404) {
  BOOST_TEST(code(assume_request(puller, "acs:ram::1000000000000001:role/none")) ==
             "404 EntityNotExist.Role");
}

BOOST_AUTO_TEST_CASE(both_the_callers_policy_and_the_trust_policy_must_allow) {
  const auto own = body(assume_request(nobody, same_account));
  BOOST_TEST(text(own, "Code") == "NoPermission");
  BOOST_TEST(text(own.at("AccessDeniedDetail").as_object(), "PolicyType") ==
             "AccountLevelIdentityBasedPolicy");
  const auto trust = body(assume_request(puller, partner)); // trusts roles, not this user
  BOOST_TEST(text(trust, "Code") == "NoPermission");
  const auto& why = trust.at("AccessDeniedDetail").as_object();
  BOOST_TEST(text(why, "PolicyType") == "AssumeRolePolicy");
  BOOST_TEST(text(why, "NoPermissionType") == "ImplicitDeny");
  BOOST_TEST(ask(assume_request(puller, partner)).status == 403);
}

BOOST_AUTO_TEST_CASE(the_account_itself_assumes_no_role) {
  const auto answer = body(assume_request(root, same_account));
  BOOST_TEST(text(answer, "Code") == "NoPermission");
  BOOST_TEST(text(answer, "Message") == "Roles may not be assumed by root accounts.");
}

BOOST_AUTO_TEST_CASE(a_session_of_a_trusted_role_goes_on_to_another_account) {
  const auto session = assume(puller, same_account);
  const auto far = assume(session, partner);
  BOOST_TEST(code(token_request(far, "cri-two")) == "200 success");
  BOOST_TEST(code(token_request(session, "cri-two")) == "404 INSTANCE_NOT_EXIST");
}

BOOST_AUTO_TEST_CASE(an_account_may_be_trusted_as_a_whole_under_a_condition) {
  const std::string arn = "acs:ram::1000000000000002:role/whole-account";
  BOOST_TEST(code(assume_request(puller, arn)) == "403 NoPermission");
  BOOST_TEST(code(assume_request(puller, arn, {{"ExternalId", "guessed"}})) == "403 NoPermission");
  BOOST_TEST(code(assume_request(puller, arn, {{"ExternalId", "agreed"}})) == "200 ");
}

BOOST_AUTO_TEST_CASE(a_policy_given_with_the_call_narrows_the_session) {
  const auto session = assume(
      puller, same_account,
      {{"Policy",
        R"({"Statement":[{"Effect":"Allow","Action":"cr:ListInstance*","Resource":"*"}]})"}});
  BOOST_TEST(code(token_request(session)) == "403 Forbidden.RAM");
  BOOST_TEST(code(v3(session, "cr.cn-hangzhou.aliyuncs.com", "2018-12-01", "ListInstance", {})) ==
             "200 success");
}

BOOST_AUTO_TEST_CASE(a_source_identity_is_returned) {
  const auto answer = body(assume_request(puller, same_account, {{"SourceIdentity", "alice"}}));
  BOOST_TEST(text(answer, "SourceIdentity") == "alice");
}

BOOST_AUTO_TEST_CASE(sessions_live_as_long_as_the_world_scales_them) {
  cloud.replace_world(parse(std::string{test_world} + "lifetimes: {scale: 0.01}\n"));
  const auto short_one = body(assume_request(puller, same_account));
  BOOST_TEST(text(short_one.at("Credentials").as_object(), "Expiration") == "2026-01-02T03:04:41Z");
  BOOST_TEST(code(assume_request(puller, same_account, {{"DurationSeconds", "36"}})) ==
             "400 InvalidParameter.DurationSeconds");
  cloud.replace_world(parse(std::string{test_world} + "lifetimes: {session_s: 20}\n"));
  const auto fixed = body(assume_request(puller, same_account));
  BOOST_TEST(text(fixed.at("Credentials").as_object(), "Expiration") == "2026-01-02T03:04:25Z");
}

BOOST_AUTO_TEST_CASE(who_am_i) {
  const auto ask_who = [&](const test_key& key) {
    return body(v3(key, "sts.aliyuncs.com", "2015-04-01", "GetCallerIdentity", {}));
  };
  BOOST_TEST(text(ask_who(puller), "Arn") == "acs:ram::1000000000000001:user/puller");
  BOOST_TEST(text(ask_who(puller), "IdentityType") == "RAMUser");
  BOOST_TEST(text(ask_who(root), "IdentityType") == "Account");
  const auto session = ask_who(assume(puller, same_account));
  BOOST_TEST(text(session, "IdentityType") == "AssumedRoleUser");
  BOOST_TEST(text(session, "Arn") == same_account + "/helper");
}

BOOST_AUTO_TEST_SUITE_END()
