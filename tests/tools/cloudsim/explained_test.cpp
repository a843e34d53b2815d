// Every cause in the table is the explanation of a situation, and the simulated cloud refuses
// because the situation is there: a permission is missing in a policy, a clock is wrong, an access
// list is empty. What cannot be there is in `made` below, with the reason.
#define BOOST_TEST_MODULE explained
#include <boost/test/unit_test.hpp>

#include "tests/tools/cloudsim/explained_fixture.hpp"

using namespace acr;
using namespace acr::testing;

namespace {

/// Causes whose answer is made by the test: the situation is outside of what is simulated.
const std::map<std::string, std::string> made{
    {"not_the_service", "a portal that welcomes whoever comes, in place of the cloud"},
    {"service_failed", "a defect of the service"},
    // Outcomes of the gateway. Brought about in tests/e2e/test_real_names.py, with the program.
    {"vpc_name_unresolved", "name servers"},
    {"name_unresolved", "name servers"},
    {"vpc_unreachable", "routes"},
    {"unreachable", "routes"},
    {"tls_refused", "a certificate"},
    {"timeout", "a way that loses packets"},
    {"metadata_unreachable", "an address where nobody listens"},
    {"metadata_silent", "a way that loses packets"},
};

const std::string own = "acs:ram::1000000000000001:";
const std::string issuer = "https://issuer.example";
const std::string good_subject = "system:serviceaccount:kube-system:aliyun-acr-credential-helper";
constexpr auto secret_mark = "MarkOfASecret";

std::set<std::string>& hit() {
  static std::set<std::string> all;
  return all;
}

void check(const failure& reason, const std::string& id, const std::vector<std::string>& shown) {
  BOOST_TEST(reason.cause_id == id, to_string(reason) << " is explained as " << reason.cause_id);
  BOOST_TEST(!reason.remedy.empty());
  const auto all = reason.step + "|" + reason.message + "|" + reason.cause + "|" + reason.remedy;
  for (const auto& text : shown)
    BOOST_TEST(all.find(text) != std::string::npos, all << " lacks " << text);
  for (const auto* secret : {secret_mark, "puller-secret", "nobody-secret", "eyJ", "(not known)"})
    BOOST_TEST(all.find(secret) == std::string::npos, all << " shows " << secret);
  hit().insert(id);
}

aliyun::operation role_call(const std::string& arn, const std::string& external_id = "") {
  return aliyun::assume_role({arn, "helper", 3600s, external_id});
}

const auto token = aliyun::get_authorization_token("cri-one");

} // namespace

BOOST_FIXTURE_TEST_SUITE(explained_suite, explained_fixture)

BOOST_AUTO_TEST_CASE(rrsa) {
  const auto oidc = [this](const json::object& claims, const std::string& provider = "cluster",
                           std::chrono::seconds life = 3600s) {
    json::object all{{"iss", issuer},
                     {"sub", good_subject},
                     {"aud", json::array{"sts.aliyuncs.com"}},
                     {"exp", (now.time_since_epoch() + 10min) / 1s}};
    for (const auto& item : claims)
      all[item.key()] = item.value();
    return aliyun::assume_role_with_oidc({own + "role/pod", "helper", life, ""},
                                         own + "oidc-provider/" + provider,
                                         secret_string{jwt(all)});
  };
  check(refused(oidc({}), {}), "oidc_issuer_unreachable", {issuer});
  cloud.put_keys(issuer, cloudsim::key_set::parse(jwks({jwk(test_keys().rsa.get(), "rsa-1")})));
  check(refused(oidc({}, "no"), {}), "oidc_provider_missing", {own + "oidc-provider/no"});
  check(refused(oidc({{"sub", "system:serviceaccount:a:b"}}), {}), "oidc_not_trusted",
        {"oidc:sub=system:serviceaccount:a:b", "oidc:iss=" + issuer,
         "sts AssumeRoleWithOIDC of " + own + "role/pod", good_subject});
  check(refused(oidc({{"iss", "https://kubernetes.default.svc"}}), {}), "rrsa_not_enabled",
        {"https://kubernetes.default.svc"});
  check(refused(oidc({{"iss", "https://other.example"}}), {}), "oidc_issuer_differs",
        {"https://other.example"});
  check(refused(oidc({}, "outdated"), {}), "oidc_fingerprint_outdated",
        {own + "oidc-provider/outdated"});
  check(refused(oidc({{"exp", 1700000000}}), {}), "oidc_token_expired", {"2023-11-14T22:13:20Z"});
  check(refused(oidc({{"aud", "https://kubernetes"}}), {}), "oidc_audience",
        {"https://kubernetes", "sts.aliyuncs.com"});
  change("client_ids: [sts.aliyuncs.com, other]", "client_ids: [other]");
  cloud.put_keys(issuer, cloudsim::key_set::parse(jwks({jwk(test_keys().rsa.get(), "rsa-1")})));
  check(refused(oidc({}), {}), "oidc_client_id_missing",
        {own + "oidc-provider/cluster", "sts.aliyuncs.com"});
  cloud.replace_world(parse(test_world));
  cloud.put_keys(issuer, cloudsim::key_set::parse(jwks({jwk(test_keys().rsa.get(), "rsa-1")})));
  fault(R"({"operation":"AssumeRoleWithOIDC","kind":"error_code","status":401,"times":1,)"
        R"("code":"AuthenticationFail.OIDCToken.HttpsUrlInvalid"})");
  check(refused(oidc({}), {}), "oidc_issuer_tls", {issuer, "certificate"});
  auto forged = oidc({});
  forged.form.back().second.replace(forged.form.back().second.size() - 9, 4, "AAAA");
  check(refused(forged, {}), "oidc_token_invalid", {issuer});
  check(refused(oidc({}, "cluster", 7200s), {}), "duration_too_long", {"7200 s", own + "role/pod"});
}

BOOST_AUTO_TEST_CASE(roles) {
  const auto good = key(puller);
  check(refused(role_call(own + "role/none"), good), "role_missing", {own + "role/none"});
  check(refused(role_call("acs:ram::x"), good), "role_arn_malformed", {"acs:ram::x"});
  check(refused(role_call(partner, "x"), good), "external_id_malformed", {});
  check(refused(role_call(same_account), key(root)), "root_account", {"LTAIroot"});
  check(refused(role_call(partner), good), "role_does_not_trust",
        {partner, "the RAM user puller of the account 1000000000000001"});
  check(refused(role_call(partner, "another"), good), "external_id_or_trust", {partner});
  check(refused(role_call(same_account), key(nobody)), "assume_role_not_permitted",
        {"sts:AssumeRole", same_account, "the RAM user nobody of the account 1000000000000001",
         "AliyunSTSAssumeRoleAccess"});
  add("behaviour: {terse_denials: true}");
  for (const auto& [role, who] : {std::pair{same_account, key(nobody)}, {partner, good}})
    check(refused(role_call(role), who), "assume_role_denied", {role});
}

BOOST_AUTO_TEST_CASE(container_registry) {
  const auto good = key(puller);
  const auto poor = key(nobody);
  check(refused(token, poor), "token_not_permitted",
        {"cr:GetAuthorizationToken", "cri-one", "acs:cr:cn-hangzhou:*:repository/cri-one/*"});
  check(refused(aliyun::list_instance_endpoint("cri-one"), poor), "endpoints_not_permitted",
        {"cr:ListInstanceEndpoint"});
  check(refused(aliyun::get_authorization_token("cri-forbidden"), good), "explicit_deny",
        {"cr:GetAuthorizationToken", "ExplicitDeny"});
  check(refused(aliyun::get_personal_token(), poor), "personal_not_permitted",
        {"cr:GetAuthorizationToken"});
  check(refused(aliyun::get_personal_token(), good, "cn-shanghai"), "personal_user_missing",
        {"cn-shanghai", "the registry password"});
  const auto answers = [this](const std::string& operation, const std::string& status,
                              const std::string& body) {
    fault(R"({"operation":")" + operation + R"(","kind":"http_status","times":1,"status":)" +
          status + R"(,"body":")" + body + "\"}");
  };
  answers("GET /tokens", "404", R"({\"code\":\"EntityNotExist\",\"message\":\"m\"})");
  check(refused(aliyun::get_personal_token(), good), "personal_missing", {"regionId"});
  answers("GetAuthorizationToken", "403",
          R"({\"Code\":\"NoPermission\",\"Message\":\"m\",\"AccessDeniedDetail\":{)"
          R"(\"PolicyType\":\"ControlPolicy\",\"NoPermissionType\":\"ImplicitDeny\"}})");
  check(refused(token, good), "control_policy", {"cr:GetAuthorizationToken", "LTAIpuller"});
  const auto narrowed = cloud_fixture::assume(
      puller, same_account,
      {{"Policy",
        R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"cr:List*","Resource":"*"}]})"}});
  check(refused(token, key(narrowed)), "session_policy", {"cr:GetAuthorizationToken"});
  answers("GetAuthorizationToken", "200", R"({\"Code\":\"NoPrivilege\",\"IsSuccess\":false})");
  check(refused(token, poor), "token_not_permitted", {"LTAInobody"});
  answers("GetAuthorizationToken", "200", R"({\"Code\":\"SystemError\",\"IsSuccess\":false})");
  check(refused(token, good), "service_failed", {});
  answers(
      "GetAuthorizationToken", "404",
      R"({\"Code\":\"InvalidAccessKeyId\",\"Message\":\"Specified access key is not found or invalid.\"})");
  check(refused(token, key("LTAIgone", secret_mark)), "access_key_unknown", {"LTAIgone"});
  check(refused(aliyun::get_authorization_token("cri-bare"), good), "instance_missing",
        {"cri-bare", "cn-hangzhou", "regionId", "assumeRoleARN"});
}

BOOST_AUTO_TEST_CASE(signatures) {
  const auto good = key(puller);
  check(refused(token, key("LTAIgone", secret_mark)), "access_key_unknown", {"LTAIgone"});
  check(refused(token, key("LTAIdisabled", "puller-secret")), "access_key_disabled",
        {"LTAIdisabled"});
  check(refused(token, key("LTAIpuller", secret_mark)), "secret_wrong", {"LTAIpuller"});
  const auto session = cloud_fixture::assume(puller, same_account);
  check(refused(token, key(session.id, secret_mark, session.token)), "session_secret_wrong",
        {session.id});
  check(refused(token, key(session.id, session.secret, "MarkOfASecretToken")), "session_mismatch",
        {session.id});
  check(refused(token, key(session.id, session.secret)), "session_token_missing", {session.id});
  repeated = true;
  check(refused(token, good), "nonce_used", {});
  repeated = false;
  wall = now - 20min;
  without_date = true; // else the session corrects it
  check(refused(token, good), "clock_wrong", {"15 minutes"});
  wall = now += 2h;
  check(refused(token, key(session)), "session_expired", {session.id});
  deps.endpoints.sts_url = "http://sts.aliyuncs.com";
  check(refused(role_call(same_account), good), "tls_needed", {"sts.aliyuncs.com"});
}

BOOST_AUTO_TEST_CASE(flow_control) {
  add("limits: {GetAuthorizationToken: 2, AssumeRole: 1}");
  answered(token, "cn-hangzhou");
  answered(token, "cn-hangzhou");
  check(refused(token, key(puller)), "throttled", {"cr:GetAuthorizationToken"});
  cloud_fixture::assume(puller, same_account);
  check(refused(role_call(same_account), key(puller)), "throttled", {"sts:AssumeRole"});
  now += 1s;
  answered(token, "cn-hangzhou");
}

BOOST_AUTO_TEST_CASE(endpoints) {
  const auto finding = [this](const std::string& endpoint, const std::string& id,
                              const std::string& text) {
    change("{id: cri-bare, region: cn-shanghai, endpoints: []}",
           "{id: cri-bare, region: cn-shanghai, endpoints: [{domains: [a.example], " + endpoint +
               "}]}");
    const auto found = aliyun::endpoint_findings(
        answered(aliyun::list_instance_endpoint("cri-bare"), "cn-shanghai"), "cri-bare");
    BOOST_REQUIRE_EQUAL(found.size(), 1U);
    BOOST_TEST(found[0].cause_id == id);
    BOOST_TEST(found[0].cause.find(text) != std::string::npos, found[0].cause);
    hit().insert(found[0].cause_id);
  };
  finding("type: internet, status: STOPPED", "endpoint_not_running", "STOPPED");
  finding("type: internet, acl_enabled: true", "acl_closed", "internet");
  finding("type: internet, acl_enabled: true, acl_entries: [10.0.0.0/8]", "acl_limited",
          "10.0.0.0/8");
  finding("type: vpc", "vpc_not_linked", "cri-bare");
  cloud.replace_world(parse(test_world));
  check(aliyun::no_domain_failure(
            answered(aliyun::list_instance_endpoint("cri-bare"), "cn-shanghai"), "cri-bare"),
        "no_endpoint", {"it has no endpoints", "cri-bare"});
}

BOOST_AUTO_TEST_CASE(metadata_service) {
  deps.metadata.disabled = true;
  check(region_refused(), "metadata_not_asked", {"regionId"});
  deps.metadata.disabled = false;
  metadata("region: cn-hangzhou, mode: disabled");
  check(region_refused(), "metadata_disabled", {"HttpEndpoint"});
  metadata("region: cn-hangzhou, mode: required");
  forwarded_for = "10.0.0.1"; // a proxy is on the way: tokens are refused to it
  check(region_refused(), "metadata_disabled", {"proxy"});
  forwarded_for.clear();
  deps.metadata.without_token = true;
  check(region_refused(), "metadata_refuses", {"HttpTokens"});
  deps.metadata.without_token = false;
  metadata("region: cn-hangzhou, mode: without-tokens");
  deps.metadata.hardened_only = true;
  check(region_refused(), "metadata_refuses", {"ALIBABA_CLOUD_IMDSV1_DISABLED"});
  deps.metadata.hardened_only = false;
  check(worker_role_refused(), "metadata_without_role", {"worker role"});
  const auto attached = "region: cn-hangzhou, role: '" + same_account + "'";
  metadata(attached + ", code: Failed");
  check(worker_role_refused(), "metadata_role_failed", {"ecs.aliyuncs.com"});
  metadata(attached);
  wall = now + 7h; // the role's credentials live six hours
  check(worker_role_refused(), "metadata_expired", {"NTP"});
  wall = now;
  metadata("region: none");
  check(region_refused(), "metadata_malformed", {"not a region's name"});
  network["100.100.100.200"] = errc::connect_failed;
  check(region_refused(), "metadata_unreachable", {"ECS"});
  network["100.100.100.200"] = errc::http_timeout; // also for the token
  check(region_refused(), "metadata_unreachable", {"ECS"});
  network.clear();
  metadata("region: cn-hangzhou, mode: optional");
  fault(R"({"operation":"metadata/region-id","kind":"silence"})"); // the token is given
  check(region_refused(), "metadata_silent", {"ECS"});
}

BOOST_AUTO_TEST_CASE(the_way_and_the_service) {
  const auto good = key(puller);
  const std::string vpc = "cr-vpc.cn-hangzhou.aliyuncs.com";
  const std::string open = "cr.cn-hangzhou.aliyuncs.com";
  check(refused(token, good, "Hangzhou"), "region_unknown", {"\"Hangzhou\"", "regionId"});
  const auto broken = [&](errc how, const std::string& id) {
    network[open] = how;
    check(refused(token, good), id, {open});
  };
  broken(errc::dns_failed, "name_unresolved");
  broken(errc::connect_failed, "unreachable");
  broken(errc::tls_failed, "tls_refused");
  broken(errc::http_timeout, "timeout");
  deps.endpoints.cr_url = "https://" + vpc;
  for (const auto& [how, id] : {std::pair{errc::dns_failed, "vpc_name_unresolved"},
                                {errc::connect_failed, "vpc_unreachable"}}) {
    network[vpc] = how;
    check(refused(token, good), id, {vpc});
  }
  network.clear();
  deps.endpoints.cr_url = "http://100.100.100.200"; // the metadata service
  check(refused(token, good), "bare_status", {"another server"});
  deps.endpoints.cr_url = "https://" + vpc;
  fault(R"({"operation":"GetAuthorizationToken","kind":"html","status":200,"times":1})");
  check(refused(token, good), "not_the_service", {vpc});
  fault(R"({"operation":"GetAuthorizationToken","kind":"http_status","times":1})");
  check(refused(token, good), "service_failed", {});
}

using boost::unit_test::depends_on;

/// It looks at what the others have seen. Run alone, it takes them along.
BOOST_AUTO_TEST_CASE(every_row_of_the_table_has_been_the_explanation,
                     *depends_on("explained_suite/rrsa") * depends_on("explained_suite/roles") *
                         depends_on("explained_suite/container_registry") *
                         depends_on("explained_suite/signatures") *
                         depends_on("explained_suite/flow_control") *
                         depends_on("explained_suite/endpoints") *
                         depends_on("explained_suite/metadata_service") *
                         depends_on("explained_suite/the_way_and_the_service")) {
  for (const auto& row : aliyun::causes())
    BOOST_TEST(hit().contains(std::string{row.id}), row.id << " was never the explanation");
  for (const auto& [id, why] : made)
    BOOST_TEST(hit().contains(id), id << " is not in the table any more: " << why);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// What a table of all rows in the documentation looks like.
std::string documented() {
  std::string out = "| `cause_id` | step | code | cause | what to do |\n|---|---|---|---|---|\n";
  const auto cell = [](std::string_view text) {
    std::string quoted;
    for (const char c : text)
      quoted += c == '<' ? "&lt;" : std::string{c};
    return quoted;
  };
  for (const auto& row : aliyun::causes())
    out += "| `" + std::string{row.id} + "` | " + (row.step.empty() ? "any" : cell(row.step)) +
           " | `" + std::string{row.code} + "` | " + cell(row.cause) + " | " + cell(row.remedy) +
           " |\n";
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_documentation_lists_the_table_as_it_is) {
  std::ifstream file{std::string{ACR_TEST_DATA} + "/../../docs/troubleshooting.md"};
  std::stringstream text;
  text << file.rdbuf();
  BOOST_TEST(text.str().find(documented()) != std::string::npos,
             "docs/troubleshooting.md lacks this table:\n"
                 << documented());
}
