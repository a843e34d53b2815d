#define BOOST_TEST_MODULE cloudsim_registry
#include <boost/test/unit_test.hpp>

#include <boost/json/serialize.hpp>

#include "tests/tools/cloudsim/cloud_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace acr::cloudsim;

namespace {

/// Its key is dear to make: one for all tests.
std::shared_ptr<const token_signer> test_signer() {
  static const auto made = std::make_shared<const token_signer>();
  return made;
}

struct registry_fixture : cloud_fixture {
  registry_fixture() : cloud_fixture{test_signer()} {}

  std::string password(const test_key& key, const std::string& instance = "cri-one") {
    return body(token_request(key, instance)).at("AuthorizationToken").as_string().c_str();
  }

  request auth(const std::string& with, const std::string& scopes,
               const std::string& host = "dockerauth.cn-hangzhou.aliyuncs.com") const {
    request out;
    out.target = "/auth?service=any&account=cr_temp_user" + scopes;
    out.headers = {{"Host", host}};
    if (!with.empty())
      out.headers.push_back({"Authorization", "Basic " + base64("cr_temp_user:" + with)});
    out.now = now;
    return out;
  }

  /// `repository team/app pull,push;...` as the token grants it, or the status.
  std::string granted(const request& from) {
    const auto out = ask(from);
    if (out.status != 200)
      return std::to_string(out.status);
    const auto answer = boost::json::parse(out.body).as_object();
    const std::string token = answer.at("token").as_string().c_str();
    std::string text;
    BOOST_REQUIRE(base64_decode(
        token.substr(token.find('.') + 1, token.rfind('.') - token.find('.') - 1), text));
    claims = boost::json::parse(text).as_object();
    std::string list;
    for (const auto& item : claims.at("access").as_array()) {
      const auto& entry = item.as_object();
      list += std::string{entry.at("name").as_string().c_str()} + " " +
              boost::json::serialize(entry.at("actions")) + ";";
    }
    return list;
  }

  boost::json::object claims;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(registry_suite, registry_fixture)

BOOST_AUTO_TEST_CASE(a_password_grants_what_its_owner_may) {
  const auto mine = password(puller);
  BOOST_TEST(granted(auth(mine, "&scope=repository:team/app:pull")) == R"(team/app ["pull"];)");
  BOOST_TEST(granted(auth(mine, "&scope=repository:team/app:pull,push")) ==
             R"(team/app ["pull","push"];)"); // cr:* includes pushing
  BOOST_TEST(granted(auth(mine, "&scope=repository:team/secret:pull,push")) ==
             R"(team/secret ["push"];)"); // pulling is denied by name
  BOOST_TEST(granted(auth(mine, "&scope=repository:elsewhere/app:pull")).empty());
  BOOST_TEST(granted(auth(mine, "")).empty());
  BOOST_TEST(granted(auth(mine, "&scope=repository:team/a:pull&scope=repository:team/b:pull")) ==
             R"(team/a ["pull"];team/b ["pull"];)");
}

BOOST_AUTO_TEST_CASE(a_password_is_good_for_its_own_instance_only) {
  // cri-bare has no list of repositories: it would grant any name.
  const auto far = body(v3(puller, "cr.cn-shanghai.aliyuncs.com", "2018-12-01",
                           "GetAuthorizationToken", {{"InstanceId", "cri-bare"}}))
                       .at("AuthorizationToken");
  const std::string mine = password(puller);
  BOOST_TEST(granted(auth(far.as_string().c_str(), "&scope=repository:x/y:pull")) ==
             R"(x/y ["pull"];)");
  BOOST_TEST(granted(auth(mine, "&scope=repository:x/y:pull")).empty());
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_refused_even_for_a_public_repository) {
  BOOST_TEST(granted(auth("guess", "&scope=repository:open/app:pull")) == "401");
  BOOST_TEST(granted(auth("", "&scope=repository:open/app:pull")) == R"(open/app ["pull"];)");
  BOOST_TEST(granted(auth("", "&scope=repository:open/app:push")).empty());
  BOOST_TEST(granted(auth("", "&scope=repository:team/app:pull")).empty());
  auto other_user = auth("", "&scope=repository:open/app:pull");
  other_user.headers.push_back({"Authorization", "Basic " + base64("admin:" + password(puller))});
  BOOST_TEST(granted(other_user) == "401");
}

BOOST_AUTO_TEST_CASE(a_password_expires) {
  const auto mine = password(puller);
  now += 1h - 1ms;
  BOOST_TEST(granted(auth(mine, "&scope=repository:team/app:pull")) == R"(team/app ["pull"];)");
  now += 1ms;
  BOOST_TEST(granted(auth(mine, "&scope=repository:team/app:pull")) == "401");
}

BOOST_AUTO_TEST_CASE(permissions_are_those_of_today) {
  const auto mine = password(puller);
  auto poorer = std::string{test_world};
  const std::string rights = R"(Action: ["cr:*", "sts:AssumeRole"])";
  poorer.replace(poorer.find(rights), rights.size(), "Action: none");
  cloud.replace_world(parse(poorer));
  BOOST_TEST(granted(auth(mine, "&scope=repository:team/app:pull")).empty());
}

BOOST_AUTO_TEST_CASE(a_registry_is_known_by_its_service_name) {
  auto text = std::string{test_world};
  for (const std::string place : {"{id: cri-two,", "{id: cri-bare,", "{id: cri-forbidden,"})
    text.replace(text.find(place), place.size(), place + " registry_service: other,");
  const std::string personal = "- {region: cn-hangzhou}";
  text.replace(text.find(personal), personal.size(),
               "- {region: cn-hangzhou, registry_service: personal}");
  const std::string one = "name: one\n";
  text.replace(text.find(one), one.size(), one + "        registry_service: one\n");
  cloud.replace_world(parse(text));
  auto from = auth(password(puller), "&scope=repository:team/app:pull");
  BOOST_TEST(granted(from) == "400"); // "any" is none of these
  from.target.replace(from.target.find("any"), 3, "other");
  BOOST_TEST(granted(from).empty());
  from.target.replace(from.target.find("other"), 5, "one");
  BOOST_TEST(granted(from) == R"(team/app ["pull"];)");
  BOOST_TEST(claims.at("aud").as_string() == "one");
  BOOST_TEST(claims.at("iss").as_string() == "cloudsim");
  BOOST_TEST(claims.at("exp").as_int64() == claims.at("iat").as_int64() + 300);
}

BOOST_AUTO_TEST_CASE(a_password_of_the_personal_edition_is_one_of_another_registry) {
  const auto answer = body(roa_v1(puller, "cr.cn-hangzhou.aliyuncs.com", "/tokens"));
  const std::string mine =
      answer.at("data").as_object().at("authorizationToken").as_string().c_str();
  BOOST_TEST(granted(auth(mine, "&scope=repository:any/thing:pull")) == R"(any/thing ["pull"];)");
}

BOOST_AUTO_TEST_CASE(only_get_is_answered) {
  auto from = auth("", "");
  from.method = "POST";
  BOOST_TEST(granted(from) == "405"); // so that clients go on with GET
}

BOOST_AUTO_TEST_SUITE_END()
