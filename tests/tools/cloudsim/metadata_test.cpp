#define BOOST_TEST_MODULE cloudsim_metadata
#include <boost/test/unit_test.hpp>

#include "tests/tools/cloudsim/cloud_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace acr::cloudsim;

namespace {

constexpr auto credentials = "/latest/meta-data/ram/security-credentials/";

struct metadata_fixture : cloud_fixture {
  response get(const std::string& target, const std::string& token = "",
               const std::string& host = "100.100.100.200") {
    request from;
    from.target = target;
    from.headers = {{"Host", host}};
    if (!token.empty())
      from.headers.push_back({"X-aliyun-ecs-metadata-token", token});
    from.now = now;
    return ask(from);
  }

  response put(const std::string& seconds, bool through_proxy = false) {
    request from;
    from.method = "PUT";
    from.target = "/latest/api/token";
    from.headers = {{"Host", "100.100.100.200"}};
    if (!seconds.empty())
      from.headers.push_back({"X-aliyun-ecs-metadata-token-ttl-seconds", seconds});
    if (through_proxy)
      from.headers.push_back({"X-Forwarded-For", "10.0.0.1"});
    from.now = now;
    return ask(from);
  }

  void change(const std::string& to) {
    auto text = std::string{test_world};
    text.erase(text.find("metadata:"));
    cloud.replace_world(parse(text + "metadata: {" + to + "}\n"));
  }

  void set_mode(const std::string& mode) {
    change("region: cn-hangzhou, mode: " + mode + ", role: '" + same_account + "'");
  }

  static test_key key_in(const response& from) {
    const auto about = boost::json::parse(from.body).as_object();
    return {about.at("AccessKeyId").as_string().c_str(),
            about.at("AccessKeySecret").as_string().c_str(),
            about.at("SecurityToken").as_string().c_str()};
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(metadata_suite, metadata_fixture)

BOOST_AUTO_TEST_CASE(region_and_role_are_served_as_text) {
  BOOST_TEST(get("/latest/meta-data/region-id").body == "cn-hangzhou");
  BOOST_TEST(get(credentials).body == "same-account");
  BOOST_TEST(get("/latest/meta-data/region-id?").body == "cn-hangzhou"); // as Go's SDK asks
  BOOST_TEST(get("/latest/meta-data/region-id", "", "127.0.0.1:8080").body == "cn-hangzhou");
  BOOST_TEST(get("/latest/meta-data/nothing").status == 404);
}

BOOST_AUTO_TEST_CASE(the_role_s_credentials_work) {
  const auto answer = get(std::string{credentials} + "same-account");
  const auto about = boost::json::parse(answer.body).as_object();
  BOOST_TEST(about.at("Code").as_string() == "Success");
  BOOST_TEST(about.at("Expiration").as_string() == "2026-01-02T09:04:05Z");
  BOOST_TEST(about.at("LastUpdated").as_string() == "2026-01-02T03:04:05Z");
  BOOST_TEST(code(token_request(key_in(answer))) == "200 success");
  BOOST_TEST(code(assume_request(key_in(answer), partner)) == "200 ");
}

BOOST_AUTO_TEST_CASE(credentials_are_the_same_until_they_are_renewed_long_before_their_end) {
  const auto first = key_in(get(std::string{credentials} + "same-account"));
  now += 4h;
  BOOST_TEST(key_in(get(std::string{credentials} + "same-account")).id == first.id);
  now += 31min;
  BOOST_TEST(key_in(get(std::string{credentials} + "same-account")).id != first.id);
  BOOST_TEST(code(token_request(first)) == "200 success"); // the old ones still serve
}

BOOST_AUTO_TEST_CASE(another_role_than_the_attached_one_is_not_found) {
  BOOST_TEST(get(std::string{credentials} + "pod").status == 404);
  change("region: cn-hangzhou");
  BOOST_TEST(get(credentials).status == 404);
}

BOOST_AUTO_TEST_CASE(hardened_mode_wants_a_token_that_is_valid) {
  set_mode("required");
  BOOST_TEST(get("/latest/meta-data/region-id").status == 403);
  const auto token = put("60").body;
  BOOST_TEST(get("/latest/meta-data/region-id", token).body == "cn-hangzhou");
  BOOST_TEST(get("/latest/meta-data/region-id", token + "x").status == 403);
  now += 60s;
  BOOST_TEST(get("/latest/meta-data/region-id", token).status == 403);
}

BOOST_AUTO_TEST_CASE(a_token_that_is_not_valid_is_refused_where_none_is_needed) {
  BOOST_TEST(get("/latest/meta-data/region-id", "nonsense").status == 403);
}

BOOST_AUTO_TEST_CASE(tokens_live_up_to_six_hours_and_do_not_pass_proxies) {
  BOOST_TEST(put("21600").status == 200);
  for (const auto* seconds : {"", "0", "21601", "an hour"})
    BOOST_TEST(put(seconds).status == 400);
  BOOST_TEST(put("60", true).status == 403);
}

BOOST_AUTO_TEST_CASE(a_service_without_tokens_does_not_know_the_path) {
  set_mode("without-tokens");
  BOOST_TEST(put("60").status == 404);
  BOOST_TEST(get("/latest/meta-data/region-id", "whatever").body == "cn-hangzhou");
}

BOOST_AUTO_TEST_CASE(a_disabled_service_refuses_everything) {
  set_mode("disabled");
  BOOST_TEST(get("/latest/meta-data/region-id").status == 403);
  BOOST_TEST(put("60").status == 403);
}

BOOST_AUTO_TEST_CASE(a_code_other_than_success_comes_without_credentials) {
  change("region: cn-hangzhou, role: '" + same_account + "', code: AssumeRoleUnauthorized");
  const auto answer = get(std::string{credentials} + "same-account");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == R"({"Code":"AssumeRoleUnauthorized"})");
}

BOOST_AUTO_TEST_SUITE_END()
