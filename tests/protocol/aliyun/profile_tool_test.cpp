#define BOOST_TEST_MODULE profile_tool
#include <boost/test/unit_test.hpp>

#include "tests/protocol/aliyun/profile_fixture.hpp"

using namespace acr;
using namespace acr::aliyun;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

profile shared(const std::string& name, const variables& set = {}) {
  return read_as(profile_format::tool, shared_file("config.json"), name, set).value();
}

/// A file with one profile `p`, current.
result<profile> one(const std::string& members, const variables& set = {}) {
  return read_as(profile_format::tool,
                 R"({"current":"p","profiles":[{"name":"p",)" + members + "}]}", "", set);
}

constexpr auto key = R"("access_key_id":"LTAI1","access_key_secret":"MARKsecret")";

} // namespace

BOOST_AUTO_TEST_CASE(mode_ak) {
  const auto read = shared("static");
  BOOST_TEST((read.from == profile::source::access_key));
  BOOST_TEST(read.key.access_key_id == "LTAIsdkPuller00000001");
  BOOST_TEST(read.key.access_key_secret.reveal() == "sdk-secret-of-the-puller-0001");
  BOOST_TEST(read.key.security_token.empty());
  BOOST_TEST(read.roles.empty());
}

BOOST_AUTO_TEST_CASE(mode_sts_token) {
  BOOST_TEST(shared("session").key.security_token.reveal() == "token-of-a-session");
  check_refused(one(R"("mode":"StsToken",)" + std::string{key}), errc::config_bad,
                "the profile p: `sts_token` is missing");
}

BOOST_AUTO_TEST_CASE(mode_ram_role_arn) {
  const auto read = shared("role");
  BOOST_TEST(read.key.access_key_id == "LTAIsdkPuller00000001");
  BOOST_REQUIRE_EQUAL(read.roles.size(), 1U);
  BOOST_TEST(read.roles[0].arn == chained);
  BOOST_TEST(read.roles[0].session_name == "from-the-file");
  BOOST_TEST(read.roles[0].sts_region == "cn-hangzhou");
  BOOST_TEST((read.roles[0].duration == 1800s));
}

BOOST_AUTO_TEST_CASE(mode_ram_role_arn_with_everything) {
  const auto read = one(R"("mode":"RamRoleArn","sts_token":"MARKtoken","external_id":"agreed",)"
                        R"("policy":"{}","expired_seconds":0,"ram_role_arn":")" +
                        chained + "\"," + key);
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->key.security_token.reveal() == "MARKtoken");
  BOOST_TEST(read->roles.at(0).external_id == "agreed");
  BOOST_TEST(read->roles.at(0).policy == "{}");
  BOOST_TEST((read->roles.at(0).duration == 3600s));
}

BOOST_AUTO_TEST_CASE(mode_ecs_ram_role) {
  BOOST_TEST((shared("machine").from == profile::source::worker_role));
  BOOST_TEST(shared("machine").worker_role == "worker");
  const auto any = one(R"("mode":"EcsRamRole")", {{"ALIBABA_CLOUD_ECS_METADATA", "other"}});
  BOOST_TEST(any.value().worker_role == "other");
}

BOOST_AUTO_TEST_CASE(mode_ram_role_arn_with_role_name) {
  for (const auto* mode : {"RamRoleArnWithRoleName", "RamRoleArnWithEcs"}) {
    const auto read = one(R"("mode":")" + std::string{mode} +
                          R"(","ram_role_name":"worker","ram_role_arn":")" + chained + "\"");
    BOOST_TEST(read.value().worker_role == "worker");
    BOOST_TEST(read.value().roles.at(0).arn == chained);
  }
}

BOOST_AUTO_TEST_CASE(mode_oidc) {
  const auto read = shared("pod");
  BOOST_TEST((read.from == profile::source::oidc));
  BOOST_TEST(read.oidc_role.arn == "acs:ram::1000000000000001:role/rrsa");
  BOOST_TEST(read.oidc_provider_arn == "acs:ram::1000000000000001:oidc-provider/sdk");
  BOOST_TEST(read.oidc_token_file == "/var/run/token");
  BOOST_TEST(read.roles.empty());
}

BOOST_AUTO_TEST_CASE(mode_oidc_takes_what_it_leaves_out_from_the_environment) {
  const auto read =
      one(R"("mode":"OIDC")", {{"ALIBABA_CLOUD_ROLE_ARN", chained},
                               {"ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/p"},
                               {"ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/t"},
                               {"ALIBABA_CLOUD_ROLE_SESSION_NAME", "s"}});
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->oidc_role.arn == chained);
  BOOST_TEST(read->oidc_role.session_name == "s");
  BOOST_TEST(read->oidc_token_file == "/t");
  check_refused(one(R"("mode":"OIDC")"), errc::config_bad, "`ram_role_arn` is missing");
}

BOOST_AUTO_TEST_CASE(mode_chainable_ram_role_arn) {
  const auto read = shared("chain");
  BOOST_TEST(read.key.access_key_id == "LTAIsdkPuller00000001");
  BOOST_REQUIRE_EQUAL(read.roles.size(), 1U);
  BOOST_TEST((read.roles[0].duration == 900s));
}

BOOST_AUTO_TEST_CASE(chains_of_profiles_keep_their_order) {
  const auto read = read_as(profile_format::tool,
                            R"({"profiles":[
        {"name":"c","mode":"ChainableRamRoleArn","source_profile":"b","ram_role_arn":"acs:ram::1:role/c"},
        {"name":"b","mode":"ChainableRamRoleArn","source_profile":"a","ram_role_arn":"acs:ram::1:role/b"},
        {"name":"a","mode":"EcsRamRole"}]})",
                            "c");
  BOOST_REQUIRE(read.has_value());
  BOOST_REQUIRE_EQUAL(read->roles.size(), 2U);
  BOOST_TEST(read->roles[0].arn == "acs:ram::1:role/b");
  BOOST_TEST(read->roles[1].arn == "acs:ram::1:role/c");
}

BOOST_AUTO_TEST_CASE(chains_of_profiles_that_lead_nowhere) {
  const auto chain = [](const std::string& source) {
    return one(R"("mode":"ChainableRamRoleArn","source_profile":")" + source +
               R"(","ram_role_arn":")" + chained + "\"");
  };
  check_refused(chain("p"), errc::config_bad, "build on each other in a circle");
  check_refused(chain("x"), errc::config_bad, "`source_profile`: there is no profile x");
  check_refused(chain(""), errc::config_bad, "`source_profile`: is missing");
}

BOOST_AUTO_TEST_CASE(which_profile_is_meant) {
  BOOST_TEST(shared("").key.access_key_id == "LTAIsdkPuller00000001"); // "current"
  BOOST_TEST(read_as(profile_format::tool,
                     R"({"profiles":[{"name":"default","mode":"AK",)" + std::string{key} + "}]}",
                     "")
                 .has_value());
  check_refused(read_as(profile_format::tool, shared_file("config.json"), "nobody"),
                errc::unavailable, "there is no profile nobody (there are: static, session, role");
  check_refused(read_as(profile_format::tool, "{}", ""), errc::unavailable,
                "there is no profile default, nor any other");
}

BOOST_AUTO_TEST_CASE(a_profile_as_the_tool_makes_it_before_it_is_configured_is_none) {
  check_refused(one(R"("mode":"AK","access_key_id":"","access_key_secret":"")"), errc::unavailable,
                "holds no AccessKey");
}

BOOST_AUTO_TEST_CASE(modes_that_cannot_be_used_here) {
  for (const auto* mode : {"RsaKeyPair", "External", "CredentialsURI", "CloudSSO", "OAuth"})
    check_refused(one(R"("mode":")" + std::string{mode} + "\""), errc::config_bad,
                  "`mode` is " + std::string{mode} + ", and must be one of AK, StsToken");
  check_refused(one(key), errc::config_bad, "`mode` is missing");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_reported_without_what_it_is) {
  const std::string ak = R"("mode":"AK",)";
  check_refused(one(ak + R"("access_key_id":"MARKid")"), errc::config_bad,
                "`access_key_secret` is missing");
  check_refused(one(ak + R"("access_key_secret":"MARK")"), errc::config_bad,
                "`access_key_id` is missing");
  const std::string role = R"("mode":"RamRoleArn",)" + std::string{key};
  check_refused(one(role), errc::config_bad, "`ram_role_arn` is missing");
  check_refused(one(role + R"(,"ram_role_arn":"MARK")"), errc::config_bad,
                "`ram_role_arn` is not the ARN of a role");
  const auto good = role + R"(,"ram_role_arn":")" + chained + "\"";
  for (const auto* life : {"899", "43201", "\"900\"", "-1", "1e3"})
    check_refused(one(good + R"(,"expired_seconds":)" + life), errc::config_bad,
                  "`expired_seconds` must be a number from 900 to 43200");
  check_refused(one(good + R"(,"sts_region":"MARK.example/")"), errc::config_bad,
                "`sts_region` is not a region's name");
}

BOOST_AUTO_TEST_CASE(files_that_are_none) {
  for (const auto& [text, told] : {std::pair{"", "not JSON: incomplete JSON"},
                                   {"MARK", "not JSON: syntax error"},
                                   {R"({"profiles":[)", "not JSON: incomplete JSON"},
                                   {"[]", "not a JSON object"},
                                   {R"({"profiles":{"MARK":1}})", "`profiles` is not a list"}})
    check_refused(read_as(profile_format::tool, text, ""), errc::config_bad, told);
  check_refused(read_as(profile_format::tool, std::string(max_profile_file + 1, ' '), ""),
                errc::config_bad, "longer than 1 MiB");
  check_refused(read_as(profile_format::tool, std::string(100, '['), ""), errc::config_bad,
                "not JSON");
  check_refused(read_as(profile_format::tool, R"({"profiles":[1,null,"x"]})", ""),
                errc::unavailable, "there is no profile default, nor any other");
}
