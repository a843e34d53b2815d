#define BOOST_TEST_MODULE explained
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "protocol/aliyun/acr.hpp"
#include "protocol/aliyun/answer.hpp"
#include "protocol/aliyun/causes.hpp"
#include "protocol/aliyun/metadata.hpp"
#include "protocol/aliyun/request.hpp"
#include "protocol/aliyun/sts.hpp"
#include "tests/tools/cloudsim/cloud_fixture.hpp"
#include "tests/tools/cloudsim/token_maker.hpp"

using namespace acr;
using namespace acr::testing;

namespace {

const std::string own = "acs:ram::1000000000000001:";
const std::string issuer = "https://issuer.example";
const std::string good_subject = "system:serviceaccount:kube-system:aliyun-acr-credential-helper";
constexpr auto secret_mark = "MarkOfASecret";

struct explained_fixture : cloud_fixture {
  using codecs = aliyun::operation;

  /// The call as the helper makes it, the answer as the helper reads and explains it.
  failure refused(const codecs& what, const std::optional<aliyun::credentials>& signer,
                  const std::string& url = "https://sts.aliyuncs.com", bool deliver = true) {
    const std::string host = url.substr(url.find("://") + 3);
    const auto sent = aliyun::make_request(what, signer, {url, wall, nonce()});
    cloudsim::request from;
    from.method = sent.method;
    from.target = sent.url.substr(url.size());
    from.headers = sent.headers;
    from.body = sent.body;
    from.now = now;
    from.secure = url.starts_with("https");
    if (!deliver) // something on the way repeats it
      cloud.handle(from);
    auto out = cloud.handle(from);
    if (out.keys) { // the issuer cannot be reached
      cloud.put_keys(out.keys->issuer, make_failure(errc::connect_failed, "", ""));
      from.keys_fetched = true;
      out = cloud.handle(from);
    }
    const auto read = aliyun::read_answer(
        what, {out.answer.status, out.answer.headers, secret_string{std::string{out.answer.body}}});
    BOOST_REQUIRE_MESSAGE(!read, "the call succeeded");
    auto reason = read.error();
    aliyun::explain(reason, what, {region_of(host), url, signer});
    return reason;
  }

  static std::string region_of(const std::string& host) {
    return host.find("cn-shanghai") != std::string::npos ? "cn-shanghai" : "cn-hangzhou";
  }

  void check(const failure& reason, const std::string& id, const std::vector<std::string>& shown) {
    BOOST_TEST(reason.cause_id == id);
    BOOST_TEST(!reason.remedy.empty());
    const auto all = reason.step + "|" + reason.message + "|" + reason.cause + "|" + reason.remedy;
    for (const auto& text : shown)
      BOOST_TEST(all.find(text) != std::string::npos, all << " lacks " << text);
    for (const auto* secret : {secret_mark, "puller-secret", "nobody-secret", "eyJ", "(not known)"})
      BOOST_TEST(all.find(secret) == std::string::npos, all << " shows " << secret);
    hit.insert(id);
  }

  static std::optional<aliyun::credentials> key(const std::string& id, const std::string& secret,
                                                const std::string& token = "") {
    return aliyun::credentials{id, secret_string{std::string{secret}},
                               secret_string{std::string{token}}, std::nullopt};
  }
  static std::optional<aliyun::credentials> key(const test_key& of) {
    return key(of.id, of.secret, of.token);
  }

  codecs oidc(const json::object& claims, const std::string& role = "role/pod",
              const std::string& provider = "oidc-provider/cluster",
              std::chrono::seconds life = 3600s) {
    json::object all{{"iss", issuer},
                     {"sub", good_subject},
                     {"aud", json::array{"sts.aliyuncs.com"}},
                     {"exp", (now.time_since_epoch() + 10min) / 1s}};
    for (const auto& item : claims)
      all[item.key()] = item.value();
    return aliyun::assume_role_with_oidc({own + role, "helper", life, ""}, own + provider,
                                         secret_string{jwt(all)});
  }
  void issuer_answers() {
    cloud.put_keys(issuer, cloudsim::key_set::parse(jwks({jwk(test_keys().rsa.get(), "rsa-1")})));
  }
  static codecs assume(const std::string& arn, std::chrono::seconds life = 3600s) {
    return aliyun::assume_role({arn, "helper", life, ""});
  }
  failure cr(const codecs& what, const std::optional<aliyun::credentials>& signer,
             const std::string& region = "cn-hangzhou") {
    return refused(what, signer, "https://cr." + region + ".aliyuncs.com");
  }
  void fault(const std::string& text) {
    BOOST_REQUIRE_EQUAL(administer("POST", "/faults", text).status, 201);
  }

  wall_time wall = now; ///< The clock of this machine; `now` is the cloud's.
  std::set<std::string> hit;
};

/// What a table of all rows in the documentation looks like.
std::string documented() {
  std::string out = "| `cause_id` | step | code | cause | what to do |\n|---|---|---|---|---|\n";
  const auto cell = [](std::string_view text) {
    std::string made;
    for (const char c : text)
      made += c == '<' ? "&lt;" : std::string{c};
    return made;
  };
  for (const auto& row : aliyun::causes())
    out += "| `" + std::string{row.id} + "` | " + (row.step.empty() ? "any" : cell(row.step)) +
           " | `" + std::string{row.code} + "` | " + cell(row.cause) + " | " + cell(row.remedy) +
           " |\n";
  return out;
}

} // namespace

BOOST_FIXTURE_TEST_CASE(every_row_of_the_table_explains_a_situation_that_the_cloud_produces,
                        explained_fixture) {
  const auto good = key(puller);
  const auto poor = key(nobody);

  // RRSA
  check(refused(oidc({}), {}), "oidc_issuer_unreachable", {issuer});
  issuer_answers();
  check(refused(oidc({}, "role/pod", "oidc-provider/no"), {}), "oidc_provider_missing",
        {own + "oidc-provider/no"});
  check(refused(oidc({{"sub", "system:serviceaccount:a:b"}}), {}), "oidc_not_trusted",
        {"oidc:sub=system:serviceaccount:a:b", "oidc:iss=" + issuer, own + "role/pod",
         "sts AssumeRoleWithOIDC of " + own + "role/pod", good_subject});
  check(refused(oidc({{"iss", "https://kubernetes.default.svc"}}), {}), "rrsa_not_enabled",
        {"https://kubernetes.default.svc"});
  check(refused(oidc({{"iss", "https://other.example"}}), {}), "oidc_issuer_differs",
        {"https://other.example"});
  check(refused(oidc({}, "role/pod", "oidc-provider/outdated"), {}), "oidc_fingerprint_outdated",
        {own + "oidc-provider/outdated"});
  check(refused(oidc({{"exp", 1700000000}}), {}), "oidc_token_expired", {"2023-11-14T22:13:20Z"});
  check(refused(oidc({{"aud", "https://kubernetes"}}), {}), "oidc_audience",
        {"https://kubernetes", "sts.aliyuncs.com"});
  auto forged = oidc({});
  forged.form.back().second.replace(forged.form.back().second.size() - 9, 4, "AAAA");
  check(refused(forged, {}), "oidc_token_invalid", {issuer});
  check(refused(oidc({}, "role/pod", "oidc-provider/cluster", 7200s), {}), "duration_too_long",
        {"7200 s", own + "role/pod"});

  // AssumeRole
  check(refused(assume(own + "role/none"), good), "role_missing", {own + "role/none"});
  check(refused(assume("acs:ram::x"), good), "role_arn_malformed", {"acs:ram::x"});
  auto external = assume(partner);
  external.query.emplace_back("ExternalId", "x");
  check(refused(external, good), "external_id_malformed", {});
  check(refused(assume(same_account), key(root)), "root_account", {"LTAIroot"});
  check(refused(assume(partner), good), "role_wants_external_id", {partner, "LTAIpuller"});
  external.query.back().second = "another";
  check(refused(external, good), "role_does_not_trust", {partner});
  check(refused(assume(same_account), poor), "assume_role_not_permitted",
        {"sts:AssumeRole", same_account, "LTAInobody"});
  fault(
      R"({"operation":"AssumeRole","kind":"error_code","code":"NoPermission","status":403,"times":1,
            "message":"You are not authorized to do this action. You should be authorized by RAM."})");
  check(refused(assume(same_account), good), "assume_role_denied", {same_account});

  // Container Registry
  check(cr(aliyun::get_authorization_token("cri-one"), poor), "token_not_permitted",
        {"cr:GetAuthorizationToken", "cri-one", "acs:cr:cn-hangzhou:*:repository/cri-one*"});
  check(cr(aliyun::list_instance_endpoint("cri-one"), poor), "endpoints_not_permitted",
        {"cr:ListInstanceEndpoint"});
  check(cr(aliyun::get_authorization_token("cri-forbidden"), good), "explicit_deny",
        {"cr:GetAuthorizationToken", "ExplicitDeny"});
  check(cr(aliyun::get_personal_token(), poor), "personal_not_permitted",
        {"cr:GetAuthorizationToken"});
  check(cr(aliyun::get_personal_token(), good, "cn-shanghai"), "personal_missing", {"cn-shanghai"});
  check(cr(aliyun::get_authorization_token("cri-bare"), good), "instance_missing",
        {"cri-bare", "cn-hangzhou", "regionId", "assumeRoleARN"});

  // The signature
  const auto token = aliyun::get_authorization_token("cri-one");
  check(cr(token, key("LTAIgone", secret_mark)), "access_key_unknown", {"LTAIgone"});
  check(cr(token, key("LTAIdisabled", "puller-secret")), "access_key_disabled", {"LTAIdisabled"});
  check(cr(token, key("LTAIpuller", secret_mark)), "secret_wrong", {"LTAIpuller"});
  const auto session = cloud_fixture::assume(puller, same_account);
  check(cr(token, key(session.id, secret_mark, session.token)), "session_secret_wrong",
        {session.id});
  check(cr(token, key(session.id, session.secret, "MarkOfASecretToken")), "session_mismatch",
        {session.id});
  check(cr(token, key(session.id, session.secret)), "session_token_missing", {session.id});
  wall = now - 20min;
  check(cr(token, good), "clock_wrong", {"15 minutes"});
  wall = now;
  check(refused(token, good, "https://cr.cn-hangzhou.aliyuncs.com", false), "nonce_used", {});
  wall = now += 2h;
  check(cr(token, key(session)), "session_expired", {session.id});
  check(refused(assume(same_account), good, "http://sts.aliyuncs.com"), "tls_needed",
        {"sts.aliyuncs.com"});

  // The service
  fault(R"({"operation":"GetAuthorizationToken","kind":"throttle","times":1})");
  check(cr(token, good), "throttled", {"cr:GetAuthorizationToken"});
  fault(R"({"operation":"GetAuthorizationToken","kind":"garbage","times":1})");
  check(cr(token, good), "not_the_service", {"cr.cn-hangzhou.aliyuncs.com"});
  fault(R"({"operation":"GetAuthorizationToken","kind":"http_status","times":1})");
  check(cr(token, good), "service_failed", {});

  // What no service says: the network as the gateway tells it, and the metadata service.
  const auto unreached = [&](errc code, const std::string& url, const std::string& region,
                             const std::string& text) {
    auto reason = make_failure(code, "cr GetAuthorizationToken", text);
    aliyun::explain(reason, token, {region, url, {}});
    return reason;
  };
  const std::string vpc = "https://cr-vpc.cn-hangzhou.aliyuncs.com";
  const std::string open = "https://cr.cn-hangzhou.aliyuncs.com";
  const std::string here = "cn-hangzhou";
  check(unreached(errc::not_ready, "", "Hangzhou", "no region has this name"), "region_unknown",
        {"\"Hangzhou\"", "regionId"});
  check(unreached(errc::dns_failed, vpc, here, ""), "vpc_name_unresolved", {"cr-vpc."});
  check(unreached(errc::dns_failed, open, here, ""), "name_unresolved", {"cr.cn"});
  check(unreached(errc::connect_failed, vpc, here, ""), "vpc_unreachable", {"cr-vpc."});
  check(unreached(errc::connect_failed, open, here, ""), "unreachable", {"cr.cn"});
  check(unreached(errc::tls_failed, open, here, ""), "tls_refused", {"cr.cn"});
  check(unreached(errc::http_timeout, open, here, ""), "timeout", {"cr.cn"});
  // As the exchange with the metadata service tells them.
  const auto status = [](int code) { return result<http_response>{http_response{code, {}, {}}}; };
  const auto none = [](errc code) { return result<http_response>{make_failure(code, "", "")}; };
  const auto metadata = [](const aliyun::metadata_policy& policy, bool with_token,
                           const std::vector<result<http_response>>& answers) {
    aliyun::metadata_token kept;
    if (with_token)
      kept = {secret_string{std::string_view{"token"}}, 1h};
    aliyun::metadata_exchange exchange{policy, "region-id"};
    auto step = exchange.begin(kept, 0ms);
    for (const auto& answer : answers)
      step = exchange.next(answer, kept, 0ms);
    auto reason = std::get<result<secret_string>>(step).error();
    aliyun::explain_metadata(reason);
    return reason;
  };
  aliyun::metadata_policy off;
  off.disabled = true;
  check(metadata(off, false, {}), "metadata_not_asked", {"regionId"});
  check(metadata({}, false, {none(errc::connect_failed)}), "metadata_unreachable", {"ECS"});
  check(metadata({}, false, {none(errc::http_timeout), none(errc::http_timeout)}),
        "metadata_unreachable", {"ECS"});
  check(metadata({}, true, {none(errc::http_timeout)}), "metadata_silent", {"ECS"});
  check(metadata({}, false, {status(403), status(403)}), "metadata_disabled", {"HttpEndpoint"});
  check(metadata({}, false, {status(404), status(403)}), "metadata_refuses", {"HttpTokens"});
  auto absent = // what the worker role makes of a 404, see its tests
      make_failure(errc::unavailable, "metadata", "no RAM role is attached to this instance");
  aliyun::explain_metadata(absent);
  check(absent, "metadata_without_role", {"worker role"});

  // Endpoints
  const auto finding = [&](const std::string& endpoint, const std::string& id,
                           const std::string& text) {
    const auto found =
        aliyun::endpoint_findings(secret_string{"{\"Endpoints\":[" + endpoint + "]}"}, "cri-one");
    BOOST_REQUIRE_EQUAL(found.size(), 1U);
    BOOST_TEST(found[0].cause_id == id);
    BOOST_TEST(found[0].cause.find(text) != std::string::npos, found[0].cause);
    hit.insert(found[0].cause_id);
  };
  finding(R"({"EndpointType":"internet","Enable":true,"Status":"STOPPED"})", "endpoint_not_running",
          "STOPPED");
  finding(R"({"EndpointType":"internet","Enable":true,"Status":"RUNNING","AclEnable":true,
              "AclEntries":[]})",
          "acl_closed", "internet");
  finding(R"({"EndpointType":"vpc","Enable":true,"Status":"RUNNING","LinkedVpcs":[]})",
          "vpc_not_linked", "cri-one");
  const auto listed = ask(v3(puller, "cr.cn-hangzhou.aliyuncs.com", "2018-12-01",
                             "ListInstanceEndpoint", {{"InstanceId", "cri-one"}}));
  const auto found = aliyun::endpoint_findings(secret_string{std::string{listed.body}}, "cri-one");
  BOOST_REQUIRE_EQUAL(found.size(), 1U); // the VPC endpoint is off
  BOOST_TEST(found[0].cause_id == "acl_limited");
  BOOST_TEST(found[0].cause.find("10.0.0.0/8") != std::string::npos);
  hit.insert(found[0].cause_id);
  const auto bare = ask(v3(puller, "cr.cn-shanghai.aliyuncs.com", "2018-12-01",
                           "ListInstanceEndpoint", {{"InstanceId", "cri-bare"}}));
  check(aliyun::no_domain_failure(secret_string{std::string{bare.body}}, "cri-bare"), "no_endpoint",
        {"it has no endpoints", "cri-bare"});

  for (const auto& row : aliyun::causes())
    BOOST_TEST(hit.contains(std::string{row.id}), row.id << " was never the explanation");
}

BOOST_AUTO_TEST_CASE(the_documentation_lists_the_table_as_it_is) {
  std::ifstream file{std::string{ACR_TEST_DATA} + "/../../docs/troubleshooting.md"};
  std::stringstream text;
  text << file.rdbuf();
  BOOST_TEST(text.str().find(documented()) != std::string::npos,
             "docs/troubleshooting.md lacks this table:\n"
                 << documented());
}
