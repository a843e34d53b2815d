/// A simulated cloud with a clock that stands still, and clients that sign as the SDKs do.
#pragma once

#include <string>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include "tools/cloudsim/cloud.hpp"

namespace acr::testing {

using namespace std::chrono_literals;

inline constexpr auto test_world = R"(
accounts:
  - id: "1000000000000001"
    users:
      - name: puller
        keys:
          - {id: LTAIpuller, secret: puller-secret}
          - {id: LTAIdisabled, secret: puller-secret, active: false}
        policy:
          Statement:
            - {Effect: Allow, Action: ["cr:*", "sts:AssumeRole"], Resource: "*"}
            - {Effect: Deny, Action: "cr:*", Resource: "acs:cr:*:*:*/cri-forbidden"}
            - {Effect: Deny, Action: "cr:PullRepository", Resource: "acs:cr:*:*:repository/cri-one/team/secret"}
      - {name: nobody, keys: [{id: LTAInobody, secret: nobody-secret}]}
      - {name: root, keys: [{id: LTAIroot, secret: root-secret}]}
    roles:
      - name: same-account
        max_session_duration: 7200
        trust_policy:
          Statement:
            - {Effect: Allow, Action: sts:AssumeRole, Principal: {RAM: ["acs:ram::1000000000000001:user/puller"]}}
        policy:
          Statement: [{Effect: Allow, Action: ["cr:*", "sts:AssumeRole"], Resource: "*"}]
      - name: pod
        trust_policy:
          Statement:
            - Effect: Allow
              Action: sts:AssumeRole
              Principal: {Federated: ["acs:ram::1000000000000001:oidc-provider/cluster"]}
              Condition:
                StringEquals: {"oidc:aud": sts.aliyuncs.com, "oidc:iss": "https://issuer.example"}
                StringLike: {"oidc:sub": "system:serviceaccount:kube-system:*"}
        policy:
          Statement: [{Effect: Allow, Action: ["cr:*", "sts:AssumeRole"], Resource: "*"}]
    oidc_providers:
      - {name: cluster, issuer: "https://issuer.example", client_ids: [sts.aliyuncs.com, other]}
      - {name: outdated, issuer: "https://issuer.example", client_ids: [sts.aliyuncs.com], fingerprint_outdated: true}
    instances:
      - id: cri-one
        name: one
        region: cn-hangzhou
        endpoints:
          - {type: internet, acl_enabled: true, acl_entries: ["10.0.0.0/8"], domains: [one-registry.cn-hangzhou.cr.aliyuncs.com, {domain: images.example, type: USER}]}
          - {type: vpc, enabled: false, domains: [one-registry-vpc.cn-hangzhou.cr.aliyuncs.com], linked_vpcs: [vpc-1]}
        repositories: ["team/*", {name: "open/*", public: true}]
      - {id: cri-bare, region: cn-shanghai, endpoints: []}
      - {id: cri-forbidden, region: cn-hangzhou}
    personal:
      - {region: cn-hangzhou}
  - id: "1000000000000002"
    roles:
      - name: partner
        trust_policy:
          Statement:
            - {Effect: Allow, Action: sts:AssumeRole, Principal: {RAM: ["acs:ram::1000000000000001:role/pod", "acs:ram::1000000000000001:role/same-account"]}}
        policy:
          Statement: [{Effect: Allow, Action: "cr:*", Resource: "*"}]
      - name: whole-account
        trust_policy:
          Statement:
            - {Effect: Allow, Action: sts:AssumeRole, Principal: {RAM: ["acs:ram::1000000000000001:root"]}, Condition: {StringEquals: {"sts:ExternalId": "agreed"}}}
    instances:
      - {id: cri-two, region: cn-hangzhou}
metadata: {region: cn-hangzhou, role: "acs:ram::1000000000000001:role/same-account"}
)";

/// What signs: a key of the world or a session that the cloud gave out.
struct test_key {
  std::string id;
  std::string secret;
  std::string token;
};

struct cloud_fixture {
  explicit cloud_fixture(std::shared_ptr<const cloudsim::token_signer> signer = nullptr)
      : cloud{parse(test_world), {.seed = 7, .signer = std::move(signer), .folder = ""}} {}

  static cloudsim::world parse(const std::string& text) {
    auto read = cloudsim::parse_world(text, "world", "");
    if (!read)
      throw std::runtime_error{read.error().message};
    return *read;
  }

  std::string nonce() { return "nonce-" + std::to_string(++nonces); }

  static void set(std::vector<http_header>& headers, const std::string& name, std::string value) {
    headers.push_back({name, std::move(value)});
  }

  /// Signed with V3: parameters in the query, everything else in headers.
  cloudsim::request v3(const test_key& key, const std::string& host, const std::string& version,
                       const std::string& action, const aliyun::parameters& query,
                       const std::string& method = "POST", const std::string& path = "/") {
    cloudsim::request out;
    out.method = method;
    out.target = path;
    if (!query.empty())
      out.target.append("?").append(aliyun::form_encode(query));
    out.now = now;
    out.secure = true;
    set(out.headers, "Host", host);
    set(out.headers, "x-acs-action", action);
    set(out.headers, "x-acs-version", version);
    set(out.headers, "x-acs-date", to_rfc3339(now));
    set(out.headers, "x-acs-signature-nonce", nonce());
    set(out.headers, "x-acs-content-sha256", aliyun::sha256_hex(""));
    if (!key.token.empty()) {
      set(out.headers, "x-acs-accesskey-id", key.id);
      set(out.headers, "x-acs-security-token", key.token);
    }
    sign_v3(out, key);
    return out;
  }

  /// Signs as `out` is, in place of an earlier signature.
  static void sign_v3(cloudsim::request& out, const test_key& key) {
    std::erase_if(out.headers, [](const http_header& h) { return h.name == "Authorization"; });
    const auto names = aliyun::v3_headers_to_sign(out.headers);
    const auto [path, query] = cloudsim::split_target(out.target);
    const auto text = aliyun::v3_string_to_sign(
        aliyun::v3_canonical_request(out.method, path, aliyun::form_decode(query), out.headers,
                                     names, aliyun::sha256_hex(out.body)));
    set(out.headers, "Authorization",
        to_string(aliyun::authorization{aliyun::signature_algorithm::v3, key.id, names,
                                        aliyun::v3_signature(text, secret_string{key.secret})}));
  }

  /// Signed with RPC v1; `form` travels in the body.
  cloudsim::request rpc_v1(const test_key& key, const std::string& host, aliyun::parameters query,
                           const aliyun::parameters& form, const std::string& method = "POST") {
    query.insert(query.end(), {{"Format", "JSON"},
                               {"Timestamp", to_rfc3339(now)},
                               {"SignatureMethod", "HMAC-SHA1"},
                               {"SignatureVersion", "1.0"},
                               {"SignatureNonce", nonce()},
                               {"AccessKeyId", key.id}});
    if (!key.token.empty())
      query.emplace_back("SecurityToken", key.token);
    cloudsim::request out;
    out.method = method;
    out.now = now;
    out.secure = true;
    set(out.headers, "Host", host);
    if (!form.empty()) {
      set(out.headers, "Content-Type", "application/x-www-form-urlencoded");
      out.body = aliyun::form_encode(form);
    }
    query.emplace_back("Signature",
                       aliyun::rpc_v1_signature(aliyun::rpc_v1_string_to_sign(method, query, form),
                                                secret_string{key.secret}));
    out.target.append("?").append(aliyun::form_encode(query));
    return out;
  }

  cloudsim::request roa_v1(const test_key& key, const std::string& host,
                           const std::string& target) {
    cloudsim::request out;
    out.method = "GET";
    out.target = target;
    out.now = now;
    set(out.headers, "Host", host);
    set(out.headers, "Accept", "application/json");
    set(out.headers, "Date", to_http_date(now));
    set(out.headers, "x-acs-version", "2016-06-07");
    set(out.headers, "x-acs-signature-method", "HMAC-SHA1");
    set(out.headers, "x-acs-signature-version", "1.0");
    set(out.headers, "x-acs-signature-nonce", nonce());
    if (!key.token.empty()) {
      set(out.headers, "x-acs-accesskey-id", key.id);
      set(out.headers, "x-acs-security-token", key.token);
    }
    const auto [path, query] = cloudsim::split_target(out.target);
    const auto text =
        aliyun::roa_v1_string_to_sign("GET", path, aliyun::form_decode(query), out.headers);
    set(out.headers, "Authorization",
        to_string(
            aliyun::authorization{aliyun::signature_algorithm::roa_v1,
                                  key.id,
                                  {},
                                  aliyun::roa_v1_signature(text, secret_string{key.secret})}));
    return out;
  }

  cloudsim::response ask(const cloudsim::request& from) {
    auto out = cloud.handle(from);
    BOOST_REQUIRE(!out.keys);
    return out.answer;
  }

  boost::json::object body(const cloudsim::request& from) {
    return boost::json::parse(ask(from).body).as_object();
  }

  /// `400 SignatureDoesNotMatch`, or `200 ` for a success.
  std::string code(const cloudsim::request& from) {
    const auto out = ask(from);
    const auto text = boost::json::parse(out.body).as_object();
    for (const auto* name : {"Code", "code"})
      if (const auto* found = text.if_contains(name))
        return std::to_string(out.status) + " " + std::string{found->as_string().c_str()};
    return std::to_string(out.status) + " ";
  }

  cloudsim::request token_request(const test_key& key, const std::string& instance = "cri-one") {
    return v3(key, "cr.cn-hangzhou.aliyuncs.com", "2018-12-01", "GetAuthorizationToken",
              {{"InstanceId", instance}});
  }

  cloudsim::request assume_request(const test_key& key, const std::string& arn,
                                   aliyun::parameters more = {}) {
    aliyun::parameters query{{"RoleArn", arn}, {"RoleSessionName", "helper"}};
    for (auto& item : more) {
      std::erase_if(query, [&](const auto& known) { return known.first == item.first; });
      query.push_back(std::move(item));
    }
    return v3(key, "sts.aliyuncs.com", "2015-04-01", "AssumeRole", query);
  }

  static test_key session_in(const boost::json::object& answer) {
    const auto& given = answer.at("Credentials").as_object();
    return {given.at("AccessKeyId").as_string().c_str(),
            given.at("AccessKeySecret").as_string().c_str(),
            given.at("SecurityToken").as_string().c_str()};
  }

  test_key assume(const test_key& key, const std::string& arn, aliyun::parameters more = {}) {
    return session_in(body(assume_request(key, arn, std::move(more))));
  }

  cloudsim::response administer(const std::string& method, const std::string& target,
                                const std::string& text = "") {
    cloudsim::request from;
    from.method = method;
    from.target = target;
    from.body = text;
    from.now = now;
    return cloud.administer(from);
  }

  wall_time now = *parse_rfc3339("2026-01-02T03:04:05Z");
  cloudsim::cloud cloud;
  int nonces = 0;

  const test_key puller{"LTAIpuller", "puller-secret", ""};
  const test_key nobody{"LTAInobody", "nobody-secret", ""};
  const test_key root{"LTAIroot", "root-secret", ""};
  const std::string same_account = "acs:ram::1000000000000001:role/same-account";
  const std::string partner = "acs:ram::1000000000000002:role/partner";
};

} // namespace acr::testing
