#define BOOST_TEST_MODULE cloudsim_oidc
#include <boost/test/unit_test.hpp>

#include "tests/tools/cloudsim/cloud_fixture.hpp"
#include "tests/tools/cloudsim/token_maker.hpp"

using namespace acr;
using namespace acr::testing;
using namespace acr::cloudsim;

namespace {

namespace json = boost::json;

struct oidc_fixture : cloud_fixture {
  oidc_fixture() { publish({jwk(test_keys().rsa.get(), "rsa-1")}); }

  void publish(const json::array& list) {
    cloud.put_keys("https://issuer.example", key_set::parse(jwks(list)));
  }

  json::object claims() const {
    const auto seconds = now.time_since_epoch() / 1s;
    return {{"iss", "https://issuer.example"},
            {"aud", json::array{"sts.aliyuncs.com"}},
            {"sub", "system:serviceaccount:kube-system:helper"},
            {"iat", seconds - 10},
            {"nbf", seconds - 10},
            {"exp", seconds + 3600}};
  }

  request with_token(const std::string& token, aliyun::parameters more = {}) const {
    aliyun::parameters form{{"RoleArn", "acs:ram::1000000000000001:role/pod"},
                            {"OIDCProviderArn", "acs:ram::1000000000000001:oidc-provider/cluster"},
                            {"RoleSessionName", "helper"},
                            {"OIDCToken", token}};
    for (auto& item : more) {
      std::erase_if(form, [&](const auto& known) { return known.first == item.first; });
      form.push_back(std::move(item));
    }
    request out;
    out.method = "POST";
    out.target = "/?Action=AssumeRoleWithOIDC&Version=2015-04-01&Format=JSON&Timestamp=" +
                 aliyun::percent_encode(to_rfc3339(now));
    out.headers = {{"Host", "sts-vpc.cn-hangzhou.aliyuncs.com"},
                   {"Content-Type", "application/x-www-form-urlencoded"}};
    out.body = aliyun::form_encode(form);
    out.now = now;
    out.secure = true;
    return out;
  }

  std::string changed(const char* claim, const json::value& value) {
    auto about = claims();
    about[claim] = value;
    return code(with_token(jwt(about)));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(oidc_suite, oidc_fixture)

BOOST_AUTO_TEST_CASE(a_token_of_the_provider_becomes_a_session) {
  const auto answer = body(with_token(jwt(claims())));
  BOOST_REQUIRE(answer.contains("Credentials"));
  const auto& about = answer.at("OIDCTokenInfo").as_object();
  BOOST_TEST(about.at("Subject").as_string() == "system:serviceaccount:kube-system:helper");
  BOOST_TEST(about.at("ClientIds").as_string() == "sts.aliyuncs.com");
  BOOST_TEST(about.at("VerificationInfo").as_string() == "Success");
  BOOST_TEST(code(token_request(session_in(answer))) == "200 success");
}

BOOST_AUTO_TEST_CASE(all_parameters_may_be_in_the_query) {
  auto from = with_token(jwt(claims()));
  from.target += "&" + std::exchange(from.body, "");
  std::erase_if(from.headers, [](const http_header& h) { return h.name == "Content-Type"; });
  from.method = "GET";
  BOOST_TEST(code(from) == "200 ");
}

BOOST_AUTO_TEST_CASE(an_es256_token_is_verified_as_well) {
  publish({jwk(test_keys().ec.get(), "ec-1"), jwk(test_keys().rsa.get(), "rsa-1")});
  BOOST_TEST(code(with_token(jwt(claims(), test_keys().ec.get(), "ec-1"))) == "200 ");
  BOOST_TEST(code(with_token(jwt(claims(), make_p256_key().get(), "ec-1"))) ==
             "401 AuthenticationFail.OIDCToken.Invalid");
}

BOOST_AUTO_TEST_CASE(a_token_without_a_key_id_is_tried_with_every_key) {
  BOOST_TEST(code(with_token(jwt(claims(), test_keys().rsa.get(), ""))) == "200 ");
  BOOST_TEST(code(with_token(jwt(claims(), test_keys().other.get(), ""))) ==
             "401 AuthenticationFail.OIDCToken.Invalid");
}

BOOST_AUTO_TEST_CASE(a_forged_or_broken_token_is_invalid) {
  const std::string invalid = "401 AuthenticationFail.OIDCToken.Invalid";
  BOOST_TEST(code(with_token(jwt(claims(), test_keys().other.get(), "rsa-1"))) == invalid);
  BOOST_TEST(code(with_token("not a token")) == invalid);
  BOOST_TEST(code(with_token("a.b")) == invalid);
  BOOST_TEST(code(with_token("abc")) == invalid);
  BOOST_TEST(code(with_token(std::string(20001, 'a'))) == invalid);
  auto other_claims = claims();
  other_claims["sub"] = "system:serviceaccount:kube-system:admin";
  const auto good = jwt(claims());
  const auto bad = jwt(other_claims);
  BOOST_TEST(code(with_token(bad.substr(0, bad.rfind('.')) + good.substr(good.rfind('.')))) ==
             invalid);
  auto no_expiry = claims();
  no_expiry.erase("exp");
  BOOST_TEST(code(with_token(jwt(no_expiry))) == invalid);
  const auto none = base64url(R"({"alg":"none","kid":"rsa-1"})") + "." +
                    base64url(json::serialize(claims())) + ".";
  BOOST_TEST(code(with_token(none)) == invalid);
  // Well signed, but not as it says.
  const auto unlike =
      base64url(R"({"alg":"HS256","kid":"rsa-1"})") + "." + base64url(json::serialize(claims()));
  const auto signature = base64url(sign_rs256(test_keys().rsa.get(), unlike));
  BOOST_TEST(code(with_token(unlike + "." + signature)) == invalid);
}

BOOST_AUTO_TEST_CASE(times_of_a_token_are_checked) {
  const auto seconds = now.time_since_epoch() / 1s;
  BOOST_TEST(changed("exp", seconds) == "401 AuthenticationFail.OIDCToken.Expired");
  BOOST_TEST(changed("exp", seconds + 1) == "200 ");
  BOOST_TEST(changed("nbf", seconds + 3600) == "401 AuthenticationFail.OIDCToken.Invalid");
}

BOOST_AUTO_TEST_CASE(audience_and_issuer_must_be_the_providers) {
  BOOST_TEST(changed("aud", "somebody") == "401 AuthenticationFail.OIDCToken.AudienceNotMatch");
  BOOST_TEST(changed("iss", "https://kubernetes.default.svc") ==
             "401 AuthenticationFail.OIDCToken.IssuerNotMatch");
}

BOOST_AUTO_TEST_CASE(the_trust_policy_decides_about_audience_and_subject) {
  const std::string denied = "401 AuthenticationFail.NoPermission";
  BOOST_TEST(changed("aud", "other") == denied); // the provider knows it, the role does not
  BOOST_TEST(changed("sub", "system:serviceaccount:default:helper") == denied);
  BOOST_TEST(changed("sub", "system:serviceaccount:kube-system:any") == "200 ");
  const auto answer = body(with_token(jwt(claims()), {{"RoleArn", same_account}}));
  BOOST_TEST(answer.at("Code").as_string() == "AuthenticationFail.NoPermission");
  BOOST_TEST(answer.at("Message").as_string() == "There is no permission");
}

BOOST_AUTO_TEST_CASE(provider_and_role_must_exist) {
  const auto answer = body(with_token(
      jwt(claims()), {{"OIDCProviderArn", "acs:ram::1000000000000001:oidc-provider/none"}}));
  BOOST_TEST(answer.at("Code").as_string() == "AuthenticationFail.NoPermission");
  BOOST_TEST(answer.at("Message").as_string() == "No such OIDC Provider registered.");
  BOOST_TEST(code(with_token(jwt(claims()), {{"RoleArn", "acs:ram::1000000000000001:role/no"}})) ==
             "404 EntityNotExist.Role");
}

BOOST_AUTO_TEST_CASE(parameters_are_checked_as_for_assume_role) {
  const auto token = jwt(claims());
  BOOST_TEST(code(with_token(token, {{"DurationSeconds", "899"}})) ==
             "400 InvalidParameter.DurationSeconds");
  BOOST_TEST(code(with_token(token, {{"DurationSeconds", "3601"}})) ==
             "400 InvalidParameter.DurationSeconds");
  BOOST_TEST(code(with_token(token, {{"RoleSessionName", ""}})) ==
             "400 MissingParameter.RoleSessionName");
  BOOST_TEST(code(with_token(token, {{"OIDCProviderArn", ""}})) ==
             "400 MissingParameter.OIDCProviderArn");
  BOOST_TEST(code(with_token("")) == "400 MissingParameter.OIDCToken");
}

BOOST_AUTO_TEST_CASE(an_outdated_fingerprint_is_refused) {
  BOOST_TEST(
      code(with_token(jwt(claims()),
                      {{"OIDCProviderArn", "acs:ram::1000000000000001:oidc-provider/outdated"}})) ==
      "401 AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch");
}

BOOST_AUTO_TEST_CASE(keys_are_asked_for_when_they_are_missing) {
  cloud.replace_world(parse(test_world)); // forgets the keys
  auto from = with_token(jwt(claims()));
  const auto first = cloud.handle(from);
  BOOST_REQUIRE(first.keys);
  BOOST_TEST(first.keys->issuer == "https://issuer.example");
  BOOST_TEST(first.keys->discovery_url ==
             "https://issuer.example/.well-known/openid-configuration");
  publish({jwk(test_keys().rsa.get(), "rsa-1")});
  from.keys_fetched = true;
  BOOST_TEST(code(from) == "200 ");
  BOOST_TEST(cloud.calls().since(0).at("total").as_uint64() == 1U); // counted once
}

BOOST_AUTO_TEST_CASE(keys_are_asked_for_again_when_the_issuer_has_a_new_one) {
  auto from = with_token(jwt(claims(), test_keys().other.get(), "rsa-2"));
  BOOST_TEST(cloud.handle(from).keys.has_value());
  from.keys_fetched = true;
  BOOST_TEST(code(from) == "401 AuthenticationFail.OIDCToken.Invalid"); // still not there
  publish({jwk(test_keys().rsa.get(), "rsa-1"), jwk(test_keys().other.get(), "rsa-2")});
  BOOST_TEST(code(from) == "200 ");
}

BOOST_AUTO_TEST_CASE(keys_that_cannot_be_fetched_are_a_broken_issuer) {
  cloud.put_keys("https://issuer.example", key_set::parse("<html>"));
  auto from = with_token(jwt(claims()));
  BOOST_TEST(cloud.handle(from).keys.has_value()); // the next call tries again
  from.keys_fetched = true;
  const auto answer = body(from);
  BOOST_TEST(answer.at("Code").as_string() ==
             "AuthenticationFail.OIDCToken.IssuerConfigurationBroken");
  BOOST_TEST(answer.at("Message").as_string() ==
             "Get public keys from OIDC Provider failed, the issuer is https://issuer.example.");
}

BOOST_AUTO_TEST_CASE(keys_may_be_written_in_the_world) {
  auto text = std::string{test_world};
  const std::string place = "client_ids: [sts.aliyuncs.com, other]";
  const auto document =
      json::serialize(json::object{{"keys", json::array{jwk(test_keys().rsa.get(), "rsa-1")}}});
  text.replace(text.find(place), place.size(), place + ", keys: '" + document + "'");
  cloud.replace_world(parse(text));
  BOOST_TEST(code(with_token(jwt(claims()))) == "200 ");
}

BOOST_AUTO_TEST_SUITE_END()
