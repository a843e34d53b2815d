#define BOOST_TEST_MODULE helper_identity
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_api.hpp"
#include "tests/support/fake_cloud.hpp"
#include "tools/helper/identity.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

using kind = config::identity_origin::kind;

/// The helper's own choice of identity, in a home of its own, with a cloud that assumes any role.
struct identity_fixture : actor_fixture {
  identity_fixture() {
    std::string name = (std::filesystem::temp_directory_path() / "identity.XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
    home = name;
    variables["HOME"] = home.string();
    std::filesystem::create_directories(home / ".aliyun");
    std::filesystem::create_directories(home / ".alibabacloud");
    script.now = wall();
    script.on_call = [this](const cloud_call&) {
      return session_answer(std::to_string(script.calls.size()), now() + 1h);
    };
  }
  identity_fixture(const identity_fixture&) = delete;
  identity_fixture& operator=(const identity_fixture&) = delete;
  ~identity_fixture() { std::filesystem::remove_all(home); }

  void write(const std::string& file, const std::string& text) const {
    std::ofstream{home / file} << text;
  }

  identity_source start(const config::identity_origin& origin = {}) {
    cloud = track(system.spawn(fake_cloud, &script));
    const auto api = track(system.spawn(fake_api, &cluster));
    const auto read = [this](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::string{} : found->second;
    };
    const logger log{[this](const log_record& r) {
                       if (r.event == "identity_chosen" || r.event == "profile_read")
                         for (const auto& field : r.fields)
                           if (const auto* const text = std::get_if<std::string>(&field.value))
                             told[std::string{r.event} + " " + std::string{field.key}] = *text;
                     },
                     log_level::info};
    return track(helper::spawn_origin(
        system, origin,
        {options, read, api, cloud, wall(), {}, [](std::string_view) { return 7U; }, log}));
  }

  result<aliyun::credentials> obtain(const identity_source& source) {
    const auto answer = ask<credentials_obtained>(source, obtain_credentials{});
    BOOST_REQUIRE(answer.has_value());
    return answer->value;
  }

  static std::string parameter(const cloud_call& call, const std::string& name) {
    for (const auto* part : {&call.what.query, &call.what.form})
      for (const auto& [key, value] : *part)
        if (key == name)
          return value;
    return "";
  }

  std::filesystem::path home;
  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> told;
  helper::run_options options;
  cloud_script script;
  api_script cluster;
  cloud_session cloud;
};

config::identity_origin profile(const std::string& name) {
  config::identity_origin origin;
  origin.from = kind::profile;
  origin.profile = name;
  return origin;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(helper_identity_suite, identity_fixture)

BOOST_AUTO_TEST_CASE(the_default_order_is_that_of_the_documentation) {
  cluster.on_call = [](const http_request&) { return http_response{404, {}, {}}; };
  script.on_metadata = [](const std::string&) {
    return make_failure(errc::unavailable, "metadata", "nobody answers");
  };
  variables["ALIBABA_CLOUD_ACK_ADDON_TOKEN_PATH"] = (home / "token-config").string();
  const auto none = obtain(start());
  BOOST_REQUIRE(!none);
  BOOST_TEST((none.error().code == errc::unavailable));
  std::size_t at = 0;
  for (const auto* source :
       {"environment: ", "pod identity: ", "profile of the command line tool: ",
        "credentials file: ", "managed role: ", "Secret kube-system/alibaba-addon-secret: ",
        "worker role: nobody answers"}) {
    const auto found = none.error().message.find(source);
    BOOST_TEST((found != std::string::npos && found >= at), source << none.error().message);
    at = found;
  }
}

BOOST_AUTO_TEST_CASE(the_file_of_the_tool_comes_before_that_of_the_sdks) {
  write(".alibabacloud/credentials",
        "[default]\ntype=access_key\naccess_key_id=LTAIini\naccess_key_secret=s\n");
  BOOST_TEST(obtain(start()).value().access_key_id == "LTAIini");
  BOOST_TEST(told["identity_chosen source"] == "credentials file");
  const auto against = told["identity_chosen passed_over"];
  BOOST_TEST(against.find("pod identity: ALIBABA_CLOUD_ROLE_ARN is not set; profile of the command "
                          "line tool: " +
                          home.string() + "/.aliyun/config.json: there is no such file") !=
                 std::string::npos,
             against);
  write(".aliyun/config.json", R"({"profiles":[{"name":"default","mode":"AK",)"
                               R"("access_key_id":"LTAItool","access_key_secret":"s"}]})");
  BOOST_TEST(obtain(start()).value().access_key_id == "LTAItool");
  variables["ALIBABA_CLOUD_CLI_PROFILE_DISABLED"] = "true";
  BOOST_TEST(obtain(start()).value().access_key_id == "LTAIini");
}

BOOST_AUTO_TEST_CASE(a_profile_may_be_named_by_the_entry_else_by_the_environment) {
  write(".alibabacloud/credentials.ini",
        "[dev]\ntype=access_key\naccess_key_id=LTAIdev\naccess_key_secret=s\n"
        "[prod]\ntype=access_key\naccess_key_id=LTAIprod\naccess_key_secret=s\n");
  BOOST_TEST(obtain(start(profile("prod"))).value().access_key_id == "LTAIprod");
  variables["ALIBABA_CLOUD_PROFILE"] = "dev";
  BOOST_TEST(obtain(start()).value().access_key_id == "LTAIdev");
  BOOST_TEST(obtain(start(profile(""))).value().access_key_id == "LTAIdev");
  BOOST_TEST(obtain(start(profile("prod"))).value().access_key_id == "LTAIprod");
  const auto none = obtain(start(profile("test")));
  BOOST_REQUIRE(!none);
  BOOST_TEST(none.error().message.find("there is no profile test (there are: dev, prod)") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_file_can_be_named) {
  write("mine", "[default]\ntype=access_key\naccess_key_id=LTAImine\naccess_key_secret=s\n");
  write(".alibabacloud/credentials",
        "[default]\ntype=access_key\naccess_key_id=LTAIini\naccess_key_secret=s\n");
  variables["ALIBABA_CLOUD_CREDENTIALS_FILE"] = (home / "mine").string();
  BOOST_TEST(obtain(start()).value().access_key_id == "LTAImine");
}

BOOST_AUTO_TEST_CASE(roles_of_profiles_are_assumed_one_after_the_other) {
  write(".aliyun/config.json", R"({"current":"c","profiles":[
    {"name":"c","mode":"ChainableRamRoleArn","source_profile":"b","ram_role_arn":"acs:ram::2:role/c",
     "expired_seconds":900,"policy":"{}","external_id":"agreed"},
    {"name":"b","mode":"RamRoleArn","access_key_id":"LTAI1","access_key_secret":"s",
     "ram_role_arn":"acs:ram::1:role/b","ram_session_name":"mine","sts_region":"cn-beijing"}]})");
  BOOST_TEST(obtain(start()).value().access_key_id == "STS.2");
  BOOST_REQUIRE_EQUAL(script.calls.size(), 2U);
  const auto& first = script.calls[0].what;
  BOOST_TEST(first.signer->access_key_id == "LTAI1");
  BOOST_TEST(first.region == "cn-beijing");
  BOOST_TEST(parameter(first, "RoleArn") == "acs:ram::1:role/b");
  BOOST_TEST(parameter(first, "RoleSessionName") == "mine");
  BOOST_TEST(parameter(first, "Policy").empty());
  const auto& second = script.calls[1].what;
  BOOST_TEST(second.signer->access_key_id == "STS.1");
  BOOST_TEST(parameter(second, "RoleArn") == "acs:ram::2:role/c");
  BOOST_TEST(parameter(second, "RoleSessionName") == "acr-helper.profile");
  BOOST_TEST(parameter(second, "DurationSeconds") == "900");
  BOOST_TEST(parameter(second, "Policy") == "{}");
  BOOST_TEST(parameter(second, "ExternalId") == "agreed");
}

BOOST_AUTO_TEST_CASE(a_profile_with_an_oidc_token_never_asks_the_cluster_for_one) {
  write("token", "eyJ.e30.x\n");
  const auto profile = [this](const std::string& file) {
    return "[default]\ntype=oidc_role_arn\nrole_arn=acs:ram::1:role/r\n"
           "oidc_provider_arn=acs:ram::1:oidc-provider/p\noidc_token_file_path=" +
           (home / file).string() + "\n";
  };
  write(".alibabacloud/credentials", profile("token"));
  BOOST_TEST(obtain(start()).value().access_key_id == "STS.1");
  BOOST_TEST(parameter(script.calls.at(0).what, "OIDCToken") == "eyJ.e30.x");
  write(".alibabacloud/credentials", profile("none"));
  BOOST_TEST((obtain(start()).error().code == errc::file_failed));
  BOOST_TEST(cluster.calls.empty());
}

BOOST_AUTO_TEST_CASE(a_profile_of_the_machine_asks_the_metadata_service) {
  script.on_metadata = [this](const std::string&) {
    return json_text(R"({"Code":"Success","AccessKeyId":"STS.role","AccessKeySecret":"s",)"
                     R"("SecurityToken":"t","Expiration":")" +
                     to_rfc3339(now() + 6h) + R"("})");
  };
  write(".alibabacloud/credentials", "[default]\ntype=ecs_ram_role\nrole_name=worker\n");
  BOOST_TEST(obtain(start()).value().access_key_id == "STS.role");
  BOOST_TEST(script.metadata_asked.at(0) == "ram/security-credentials/worker");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(sessions_are_named_after_cluster_and_instance) {
  const std::string provider = "acs:ram::1:oidc-provider/ack-rrsa-c0123";
  using helper::session_name;
  BOOST_TEST(session_name("prod", provider, "shared") == "acr-helper.prod.shared");
  BOOST_TEST(session_name("", provider, "personal@cn-hangzhou") ==
             "acr-helper.c0123.personal@cn-hangzhou");
  BOOST_TEST(session_name("", provider, "cri-0123456789abcdef@cn-hangzhou") ==
             "acr-helper.c0123.cri-0123456789abcdef");
  BOOST_TEST(session_name("", "acs:ram::1:oidc-provider/acs-rrsa-c0123456789abcdef", "") ==
             "acr-helper.c0123456789abcdef");
  BOOST_TEST(session_name("", "", "") == "acr-helper");
  BOOST_TEST(session_name(std::string(100, 'c'), "", std::string(100, 'i')).size() <= 64U);
}
