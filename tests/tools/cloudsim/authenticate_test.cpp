#define BOOST_TEST_MODULE cloudsim_authenticate
#include <boost/test/unit_test.hpp>

#include "tests/tools/cloudsim/cloud_fixture.hpp"

using namespace acr;
using namespace acr::testing;

namespace {

/// Replaces or removes (empty) a header without signing again.
void change(cloudsim::request& from, const std::string& name, const std::string& value) {
  std::erase_if(from.headers, [&](const http_header& h) { return h.name == name; });
  if (!value.empty())
    from.headers.push_back({name, value});
}

aliyun::parameters token_call() {
  return {
      {"Action", "GetAuthorizationToken"}, {"Version", "2018-12-01"}, {"InstanceId", "cri-one"}};
}

constexpr auto cr = "cr.cn-hangzhou.aliyuncs.com";

} // namespace

BOOST_FIXTURE_TEST_SUITE(authenticate_suite, cloud_fixture)

BOOST_AUTO_TEST_CASE(all_three_schemes_are_accepted) {
  BOOST_TEST(code(token_request(puller)) == "200 success");
  BOOST_TEST(code(rpc_v1(puller, cr, token_call(), {})) == "200 success");
  BOOST_TEST(code(rpc_v1(puller, cr, token_call(), {}, "GET")) == "200 success");
  BOOST_TEST(code(roa_v1(puller, cr, "/tokens")) == "200 ");
  BOOST_TEST(code(roa_v1(puller, cr, "/tokens?RegionId=cn-hangzhou&empty=")) == "200 ");
  BOOST_TEST(code(v3(puller, cr, "2016-06-07", "GetAuthorizationToken", {}, "GET", "/tokens")) ==
             "200 ");
}

BOOST_AUTO_TEST_CASE(parameters_of_rpc_v1_may_be_in_the_query_in_the_form_or_in_both) {
  BOOST_TEST(code(rpc_v1(puller, cr, {}, token_call())) == "200 success");
  BOOST_TEST(code(rpc_v1(puller, cr, {{"Action", "GetAuthorizationToken"}},
                         {{"Version", "2018-12-01"}, {"InstanceId", "cri-one"}})) == "200 success");
}

BOOST_AUTO_TEST_CASE(a_session_signs_in_all_three_schemes) {
  const auto session = assume(puller, same_account);
  BOOST_TEST(code(token_request(session)) == "200 success");
  BOOST_TEST(code(rpc_v1(session, cr, token_call(), {})) == "200 success");
  BOOST_TEST(code(roa_v1(session, cr, "/tokens")) == "200 ");
}

BOOST_AUTO_TEST_CASE(a_blank_may_travel_as_plus) {
  auto from = v3(puller, cr, "2018-12-01", "ListInstance", {{"InstanceName", "a b"}});
  const auto blank = from.target.find("%20");
  BOOST_REQUIRE(blank != std::string::npos);
  from.target.replace(blank, 3, "+");
  BOOST_TEST(code(from) == "200 success");
}

BOOST_AUTO_TEST_CASE(headers_beyond_the_necessary_ones_may_be_signed) {
  auto from = token_request(puller);
  change(from, "Authorization", "");
  from.headers.push_back({"accept", "application/json"});
  from.headers.push_back({"user-agent", "test"});
  auto names = aliyun::v3_headers_to_sign(from.headers);
  names.insert(names.begin(), "accept");
  names.insert(std::find(names.begin(), names.end(), "x-acs-action"), "user-agent");
  const auto query = aliyun::form_decode(cloudsim::split_target(from.target).second);
  const auto text = aliyun::v3_string_to_sign(aliyun::v3_canonical_request(
      "POST", "/", query, from.headers, names, aliyun::sha256_hex("")));
  from.headers.push_back(
      {"Authorization",
       to_string(aliyun::authorization{aliyun::signature_algorithm::v3, puller.id, names,
                                       aliyun::v3_signature(text, secret_string{puller.secret})})});
  BOOST_TEST(code(from) == "200 success");
}

BOOST_AUTO_TEST_CASE(a_wrong_secret_is_a_mismatch_that_tells_our_string_to_sign) {
  const test_key wrong{puller.id, "guess", ""};
  BOOST_TEST(code(token_request(wrong)) == "400 SignatureDoesNotMatch");
  BOOST_TEST(code(roa_v1(wrong, cr, "/tokens")) == "400 SignatureDoesNotMatch");
  const auto answer = body(rpc_v1(wrong, cr, token_call(), {}));
  BOOST_TEST(answer.at("Code").as_string() == "SignatureDoesNotMatch");
  const std::string message = answer.at("Message").as_string().c_str();
  BOOST_TEST(message.find("server string to sign is:POST&%2F&AccessKeyId%3DLTAIpuller") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_changed_on_the_way_is_a_mismatch) {
  auto parameter = token_request(puller);
  parameter.target += "x";
  BOOST_TEST(code(parameter) == "400 SignatureDoesNotMatch");

  auto host = token_request(puller);
  change(host, "Host", "cr.cn-shanghai.aliyuncs.com");
  BOOST_TEST(code(host) == "400 SignatureDoesNotMatch");

  auto payload = token_request(puller);
  payload.body = "a=b";
  BOOST_TEST(code(payload) == "400 SignatureDoesNotMatch");

  auto hash = token_request(puller); // signed, but not that of the body
  change(hash, "x-acs-content-sha256", aliyun::sha256_hex("other"));
  sign_v3(hash, puller);
  BOOST_TEST(code(hash) == "400 SignatureDoesNotMatch");

  auto form = rpc_v1(puller, cr, {}, token_call());
  form.body += "&InstanceId=cri-two";
  BOOST_TEST(code(form) == "400 SignatureDoesNotMatch");
}

BOOST_AUTO_TEST_CASE(a_header_that_should_be_signed_and_is_not_is_refused) {
  auto from = token_request(puller);
  from.headers.push_back({"x-acs-extra", "smuggled"});
  BOOST_TEST(code(from) == "400 IncompleteSignature");
}

BOOST_AUTO_TEST_CASE(parts_that_are_missing_are_an_incomplete_signature) {
  auto unsigned_call = token_request(puller);
  change(unsigned_call, "Authorization", "");
  BOOST_TEST(code(unsigned_call) == "400 IncompleteSignature");

  auto no_nonce = token_request(puller);
  change(no_nonce, "x-acs-signature-nonce", "");
  sign_v3(no_nonce, puller);
  BOOST_TEST(code(no_nonce) == "400 IncompleteSignature");

  auto half = token_request(puller);
  change(half, "Authorization", "ACS3-HMAC-SHA256 Credential=LTAIpuller");
  BOOST_TEST(code(half) == "400 IncompleteSignature");

  auto rpc = rpc_v1(puller, cr, token_call(), {});
  rpc.target.erase(rpc.target.find("&Signature="));
  BOOST_TEST(code(rpc) == "400 IncompleteSignature");
}

BOOST_AUTO_TEST_CASE(a_nonce_serves_once_per_key_and_again_after_the_window) {
  const auto from = token_request(puller);
  BOOST_TEST(code(from) == "200 success");
  BOOST_TEST(code(from) == "400 SignatureNonceUsed");

  nonces = 0;
  BOOST_TEST(code(token_request(root)) == "200 success"); // the same nonce, another key

  now += 31min;
  nonces = 0;
  BOOST_TEST(code(token_request(puller)) == "200 success");
}

BOOST_AUTO_TEST_CASE(a_request_that_is_refused_does_not_use_up_its_nonce) {
  const test_key wrong{puller.id, "guess", ""};
  BOOST_TEST(code(token_request(wrong)) == "400 SignatureDoesNotMatch");
  nonces = 0;
  BOOST_TEST(code(token_request(puller)) == "200 success");
}

BOOST_AUTO_TEST_CASE(time_stamps_count_fifteen_minutes_each_way) {
  for (const auto& [skew, wanted] : std::vector<std::pair<std::chrono::seconds, std::string>>{
           {-15min, "200 success"},
           {-15min - 1s, "400 InvalidTimeStamp.Expired"},
           {15min, "200 success"},
           {15min + 1s, "400 InvalidTimeStamp.Expired"}}) {
    auto from = token_request(puller);
    from.now = now + skew;
    BOOST_TEST(code(from) == wanted);
    auto rpc = rpc_v1(puller, cr, token_call(), {});
    rpc.now = now + skew;
    BOOST_TEST(code(rpc) == wanted);
  }
  auto roa = roa_v1(puller, cr, "/tokens");
  roa.now = now + 16min;
  BOOST_TEST(code(roa) == "400 InvalidTimeStamp.Expired");
}

BOOST_AUTO_TEST_CASE(the_clock_of_the_cloud_can_be_moved) {
  BOOST_TEST(administer("POST", "/clock", R"({"offset_s": 1200})").status == 200);
  BOOST_TEST(code(token_request(puller)) == "400 InvalidTimeStamp.Expired");
  const auto answer = ask(token_request(puller));
  BOOST_TEST(find_header(answer.headers, "date") == to_http_date(now + 20min));
}

BOOST_AUTO_TEST_CASE(a_time_stamp_must_have_the_one_form) {
  for (const auto* stamp :
       {"2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05+00:00", "2026-01-02 03:04:05", "now"}) {
    auto from = token_request(puller);
    change(from, "x-acs-date", stamp);
    sign_v3(from, puller);
    BOOST_TEST(code(from) == "400 InvalidTimeStamp.Format");
  }
}

BOOST_AUTO_TEST_CASE(keys_must_exist_and_be_active) {
  BOOST_TEST(code(token_request({"LTAIunknown", "x", ""})) == "404 InvalidAccessKeyId.NotFound");
  BOOST_TEST(code(token_request({"LTAIdisabled", "puller-secret", ""})) ==
             "400 InvalidAccessKeyId.Inactive");
}

BOOST_AUTO_TEST_CASE(a_session_needs_its_own_token) {
  const auto one = assume(puller, same_account);
  const auto two = assume(puller, same_account);
  BOOST_TEST(code(token_request({one.id, one.secret, ""})) == "400 MissingSecurityToken");
  BOOST_TEST(code(token_request({one.id, one.secret, "CAISnonsense"})) ==
             "400 InvalidSecurityToken.Malformed");
  BOOST_TEST(code(token_request({one.id, one.secret, two.token})) ==
             "400 InvalidSecurityToken.MismatchWithAccessKey");
  BOOST_TEST(code(token_request({puller.id, puller.secret, two.token})) ==
             "400 InvalidSecurityToken.MismatchWithAccessKey");
  BOOST_TEST(code(token_request(two)) == "200 success");
}

BOOST_AUTO_TEST_CASE(a_session_ends) {
  const auto session = assume(puller, same_account, {{"DurationSeconds", "900"}});
  now += 900s - 1ms;
  BOOST_TEST(code(token_request(session)) == "200 success");
  now += 1ms;
  BOOST_TEST(code(token_request(session)) == "400 InvalidSecurityToken.Expired");
}

BOOST_AUTO_TEST_CASE(the_status_of_an_expired_session_can_be_chosen) {
  cloud.replace_world(parse(std::string{test_world} + "behaviour: {expired_token_status: 403}\n"));
  const auto session = assume(puller, same_account, {{"DurationSeconds", "900"}});
  now += 15min;
  BOOST_TEST(code(token_request(session)) == "403 InvalidSecurityToken.Expired");
}

BOOST_AUTO_TEST_CASE(actions_and_versions_must_exist) {
  BOOST_TEST(code(v3(puller, cr, "2018-12-01", "MakeCoffee", {})) == "404 InvalidAction.NotFound");
  BOOST_TEST(code(v3(puller, cr, "2018-12-02", "GetAuthorizationToken", {})) ==
             "400 InvalidVersion");
  BOOST_TEST(code(v3(puller, "sts.aliyuncs.com", "2015-04-01", "GetAuthorizationToken", {})) ==
             "404 InvalidAction.NotFound");
  BOOST_TEST(code(v3(puller, cr, "2016-06-07", "X", {}, "GET", "/other")) ==
             "404 InvalidAction.NotFound");
}

BOOST_AUTO_TEST_CASE(sts_under_its_own_name_wants_tls) {
  auto from = assume_request(puller, same_account);
  from.secure = false;
  BOOST_TEST(code(from) == "400 InvalidProtocol.NeedSsl");
}

BOOST_AUTO_TEST_CASE(errors_are_spelled_as_the_style_of_the_api_has_it) {
  const auto rpc = body(token_request({"LTAIunknown", "x", ""}));
  for (const auto* name : {"Code", "Message", "RequestId", "HostId"})
    BOOST_TEST(rpc.contains(name));
  const auto roa = body(roa_v1({"LTAIunknown", "x", ""}, cr, "/tokens"));
  for (const auto* name : {"code", "message", "requestId"})
    BOOST_TEST(roa.contains(name));
  const auto answer = ask(token_request(puller));
  BOOST_TEST(!find_header(answer.headers, "x-acs-request-id").empty());
}

BOOST_AUTO_TEST_SUITE_END()
