#define BOOST_TEST_MODULE profile_ini
#include <boost/test/unit_test.hpp>

#include "tests/protocol/aliyun/profile_fixture.hpp"

using namespace acr;
using namespace acr::aliyun;
using namespace acr::testing;

namespace {

result<profile> read(const std::string& text, const std::string& name = "",
                     const variables& set = {}) {
  return read_as(profile_format::ini, text, name, set);
}

profile shared(const std::string& name) { return read(shared_file("credentials"), name).value(); }

/// A file with one profile, `default`.
result<profile> one(const std::string& lines, const variables& set = {}) {
  return read("[default]\n" + lines, "", set);
}

const std::string key = "access_key_id=LTAI1\naccess_key_secret=MARKsecret\n";

} // namespace

BOOST_AUTO_TEST_CASE(type_access_key) {
  const auto found = shared("");
  BOOST_TEST((found.from == profile::source::access_key));
  BOOST_TEST(found.key.access_key_id == "LTAIsdkPuller00000001");
  BOOST_TEST(found.key.access_key_secret.reveal() == "sdk-secret-of-the-puller-0001");
}

BOOST_AUTO_TEST_CASE(type_sts) {
  const auto found = one("type=sts\nsecurity_token=MARKtoken\n" + key);
  BOOST_TEST(found.value().key.security_token.reveal() == "MARKtoken");
  check_refused(one("type=sts\n" + key), errc::config_bad, "`security_token` is missing");
}

BOOST_AUTO_TEST_CASE(type_ram_role_arn) {
  const auto found = shared("role");
  BOOST_TEST(found.roles.at(0).arn == chained);
  BOOST_TEST(found.roles.at(0).session_name == "from-the-file");
  const auto narrowed =
      one("type=ram_role_arn\npolicy={\"Version\": \"1\"}\nrole_arn=" + chained + "\n" + key);
  BOOST_TEST(narrowed.value().roles.at(0).policy == "{\"Version\": \"1\"}");
}

BOOST_AUTO_TEST_CASE(type_ecs_ram_role) {
  BOOST_TEST((shared("machine").from == profile::source::worker_role));
  BOOST_TEST(shared("machine").worker_role == "worker");
}

BOOST_AUTO_TEST_CASE(type_oidc_role_arn) {
  const auto found = shared("pod");
  BOOST_TEST((found.from == profile::source::oidc));
  BOOST_TEST(found.oidc_role.arn == "acs:ram::1000000000000001:role/rrsa");
  BOOST_TEST(found.oidc_token_file == "/var/run/token");
  const auto elsewhere = one("type=oidc_role_arn\n",
                             {{"ALIBABA_CLOUD_ROLE_ARN", chained},
                              {"ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/p"},
                              {"ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/t"}});
  BOOST_TEST(elsewhere.value().oidc_role.arn == chained);
  BOOST_TEST(elsewhere.value().oidc_token_file == "/t");
}

BOOST_AUTO_TEST_CASE(types_that_cannot_be_used_here) {
  for (const auto* type : {"rsa_key_pair", "bearer", "credentials_uri"})
    check_refused(one("type=" + std::string{type}), errc::config_bad,
                  "the profile default: `type` is " + std::string{type});
  check_refused(one(key), errc::config_bad, "`type` is missing");
}

BOOST_AUTO_TEST_CASE(which_profile_is_meant) {
  check_refused(read("[a]\n[b]\n"), errc::unavailable,
                "there is no profile default (there are: a, b)");
  check_refused(read("", "dev"), errc::unavailable, "there is no profile dev, nor any other");
  check_refused(one("enable=False\ntype=access_key\n" + key), errc::unavailable, "is disabled");
  BOOST_TEST(one("enable=true\ntype=access_key\n" + key).has_value());
}

BOOST_AUTO_TEST_CASE(values_as_people_write_them) {
  const auto secret = [](const std::string& line) {
    const auto found = one("type=access_key\naccess_key_id=i\n" + line + "\n");
    return std::string{found.value().key.access_key_secret.reveal()};
  };
  BOOST_TEST(secret("access_key_secret = abc") == "abc");
  BOOST_TEST(secret("  Access_Key_Secret:abc  ") == "abc");
  BOOST_TEST(secret("access_key_secret = abc\r") == "abc");
  BOOST_TEST(secret("access_key_secret = abc # comment") == "abc");
  BOOST_TEST(secret("access_key_secret = a#b;c=d") == "a#b;c=d");
  BOOST_TEST(secret("access_key_secret = \"a#;b\" # comment") == "a#;b");
  BOOST_TEST(secret("access_key_secret = 'a'") == "a");
  BOOST_TEST(secret("access_key_secret = \"abc") == "\"abc");
  BOOST_TEST(secret("access_key_secret = old\naccess_key_secret = new") == "new");
  BOOST_TEST(
      read("\xEF\xBB\xBF# c\r\n; c\r\n\r\n[default]\r\ntype=access_key\r\n" + key).has_value());
}

BOOST_AUTO_TEST_CASE(lines_that_are_none_are_reported_by_their_number) {
  check_refused(read("[default\n"), errc::config_bad, "line 1: the name of a profile has no end");
  check_refused(one("MARK\n"), errc::config_bad, "line 2: is neither");
  check_refused(read("a=MARK\n"), errc::config_bad, "line 1: stands before the first");
}

BOOST_AUTO_TEST_CASE(keys_and_names_are_one_word) {
  const auto refused_key = [](const std::string& line, const std::string& name) {
    check_refused(one("type=sts\naccess_key_id=i\naccess_key_secret=s\nsecurity_token=t\n" + line),
                  errc::config_bad, "`" + name + "` holds a blank");
  };
  refused_key("access_key_id=MARK x", "access_key_id");
  refused_key("access_key_secret=MARK\tx", "access_key_secret");
  refused_key("security_token=MARK\x01", "security_token");
  for (const auto* name : {"a b", "../region-id", "acs:ram::1:role/a", "a?b"})
    check_refused(one("type=ecs_ram_role\nrole_name=" + std::string{name}), errc::config_bad,
                  "`role_name` is not the name of a role");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_reported_without_what_it_is) {
  check_refused(one("type=access_key\naccess_key_id=MARKid\n"), errc::config_bad,
                "`access_key_secret` is missing");
  check_refused(one("type=access_key\n"), errc::unavailable, "holds no AccessKey");
  check_refused(one("type=ram_role_arn\nrole_arn=MARK\n" + key), errc::config_bad,
                "`role_arn` is not the ARN of a role");
  check_refused(read(std::string(max_profile_file + 1, '\n')), errc::config_bad, "1 MiB");
}
