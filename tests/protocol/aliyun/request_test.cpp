#define BOOST_TEST_MODULE request
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "protocol/aliyun/acr.hpp"
#include "protocol/aliyun/request.hpp"
#include "protocol/aliyun/signature.hpp"
#include "protocol/aliyun/sts.hpp"
#include "tests/protocol/aliyun/vectors.hpp"

using namespace acr;
using namespace acr::aliyun;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

using field_map = std::map<std::string, std::string>;

const wall_time moment{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 3h + 4min + 5s};

credentials key() { return {"AKID", secret_string{std::string{"key-secret"}}, {}, {}}; }

credentials session() {
  return {"STS.id", secret_string{std::string{"session-secret"}},
          secret_string{std::string{"to+ken/=="}}, moment + 1h};
}

request_context at(std::string base_url, signature_version version = signature_version::v3) {
  return {std::move(base_url), moment, "0123456789abcdef0123456789abcdef", version};
}

parameters query_of(const http_request& request) {
  const auto mark = request.url.find('?');
  return mark == std::string::npos ? parameters{} : form_decode(request.url.substr(mark + 1));
}

field_map as_map(const parameters& values) { return {values.begin(), values.end()}; }

// What identifies one request is not part of its shape.
field_map shape(field_map fields) {
  for (const auto* name :
       {"Timestamp", "SignatureNonce", "Signature", "x-acs-date", "date", "x-acs-signature-nonce"})
    if (const auto found = fields.find(name); found != fields.end())
      found->second = "(varies)";
  // Clients send JSON or json.
  if (const auto found = fields.find("Format"); found != fields.end())
    found->second = "JSON";
  return fields;
}

// The headers that a signature covers.
field_map signed_headers(const http_request& request) {
  const auto header =
      parse_authorization(find_header(request.headers, "authorization")).value_or(authorization{});
  field_map fields;
  for (const auto& [name, value] : request.headers) {
    const bool listed = std::find(header.signed_headers.begin(), header.signed_headers.end(),
                                  name) != header.signed_headers.end();
    const bool roa = header.algorithm == signature_algorithm::roa_v1 &&
                     (name == "accept" || name == "date" || name.starts_with("x-acs-"));
    if (listed || roa)
      fields[name] = value;
  }
  return fields;
}

// What of a recorded request is compared: not the name of the SDK's source of credentials, nor what
// Python alone signs beside.
field_map recorded_headers(const boost::json::value& vector) {
  auto fields = as_map(parameters_of(vector, "headers"));
  fields.erase("x-acs-credentials-provider");
  if (text_of(vector, "alg") == "v3")
    fields.erase("accept");
  fields.erase("user-agent");
  return fields;
}

std::string value_of(const parameters& values, const std::string& name) {
  for (const auto& [key, value] : values)
    if (key == name)
      return value;
  return {};
}

operation operation_of(const boost::json::value& vector) {
  const auto query = parameters_of(vector, "query");
  const auto name = text_of(vector, "name");
  if (name.find("crpe") != std::string::npos)
    return get_personal_token();
  if (name.find("cree_endpoint") != std::string::npos)
    return list_instance_endpoint(value_of(query, "InstanceId"));
  if (name.find("cree") != std::string::npos)
    return get_authorization_token(value_of(query, "InstanceId"));
  auto what = assume_role({value_of(query, "RoleArn"), value_of(query, "RoleSessionName"), 3600s});
  for (const auto* optional : {"ExternalId", "Policy"}) // we do not send them; they were recorded
    if (const auto value = value_of(query, optional); !value.empty())
      what.query.emplace_back(optional, value);
  if (value_of(query, "DurationSeconds").empty()) // one was recorded with the service's default
    std::erase_if(what.query, [](const auto& field) { return field.first == "DurationSeconds"; });
  return what;
}

void check_shape(const boost::json::value& vector) {
  const auto algorithm = text_of(vector, "alg");
  const auto recorded = parameters_of(vector, "query");
  const auto recorded_header = as_map(parameters_of(vector, "headers"));
  credentials signer{"testAccessKeyId", secret_string{std::string{"testAccessKeySecret"}}, {}, {}};
  if (recorded_header.contains("x-acs-security-token") ||
      !value_of(recorded, "SecurityToken").empty())
    signer.security_token = secret_string{std::string{"testSecurityToken/+=="}};
  const auto host = recorded_header.contains("host") ? recorded_header.at("host") : "127.0.0.1:1";
  const auto request =
      make_request(operation_of(vector), signer,
                   at((host.starts_with("127") ? "http://" : "https://") + host,
                      algorithm == "v3" ? signature_version::v3 : signature_version::v1));
  BOOST_TEST(request.method == text_of(vector, "method"));
  BOOST_TEST(request.body == text_of(vector, "body"));
  auto query = shape(as_map(query_of(request)));
  query.erase("Signature");
  BOOST_TEST((query == shape(as_map(recorded))));
  if (algorithm != "rpc_v1")
    BOOST_TEST((shape(signed_headers(request)) == shape(recorded_headers(vector))));
}

} // namespace

BOOST_AUTO_TEST_CASE(requests_have_the_shape_that_the_vendors_sdks_send) {
  // Others are of operations that we do not use, or of clients that send everything in a form or
  // split over both: accepted by the service, but each SDK's own habit.
  const std::set<std::string> groups{"cree_token", "cree_endpoint",  "crpe_generic",
                                     "crpe_typed", "sts_assumerole", "real_cree",
                                     "real_sts"};
  std::size_t compared = 0;
  const auto data = load_vectors("sdk_signatures.json");
  for (const auto& vector : data.at("vectors").as_array()) {
    const auto name = text_of(vector, "name");
    const auto group = name.substr(name.find('.') + 1);
    if (!groups.contains(group.substr(0, group.find('.'))))
      continue;
    BOOST_TEST_CONTEXT(name) check_shape(vector);
    ++compared;
  }
  BOOST_TEST(compared == 40U);
}

BOOST_AUTO_TEST_CASE(v3_carries_a_signature_that_verifies) {
  const auto request = make_request(get_authorization_token("cri-1"), session(),
                                    at("https://cr.cn-hangzhou.aliyuncs.com"));
  BOOST_TEST(request.url == "https://cr.cn-hangzhou.aliyuncs.com/?InstanceId=cri-1");
  const auto header = parse_authorization(find_header(request.headers, "authorization"));
  BOOST_REQUIRE(header.has_value());
  BOOST_TEST(header->access_key_id == "STS.id");
  const auto canonical = v3_canonical_request("POST", "/", query_of(request), request.headers,
                                              header->signed_headers, sha256_hex(request.body));
  BOOST_TEST(v3_signature(v3_string_to_sign(canonical), session().access_key_secret) ==
             header->signature);
}

BOOST_AUTO_TEST_CASE(the_derived_vectors_of_our_own_operations_come_out_of_whole_requests) {
  const credentials signer{"STS.sim-ak",
                           secret_string{std::string{"sim-secret"}},
                           secret_string{std::string{"sim+token/==~*"}},
                           {}};
  const auto v3 = make_request(get_authorization_token("cri-sim0000000000001"), signer,
                               at("https://cr.cn-hangzhou.aliyuncs.com"));
  BOOST_TEST(parse_authorization(find_header(v3.headers, "authorization"))->signature ==
             "5b73a481f51fc4da94a47d2adfb21eef070949ad61840c98f9040b05c2e6b16e"); // D4
  const auto roa = make_request(get_personal_token(), signer,
                                at("https://cr.cn-hangzhou.aliyuncs.com", signature_version::v1));
  BOOST_TEST(find_header(roa.headers, "authorization") ==
             "acs STS.sim-ak:88kQImqCLgCuaSfw041v2LfIPNo="); // D3
  auto what = get_authorization_token("cri-sim0000000000001");
  what.query.emplace_back("RegionId", "cn-hangzhou");
  const auto rpc = make_request(what, signer, at("http://127.0.0.1:1", signature_version::v1));
  BOOST_TEST(value_of(query_of(rpc), "Signature") == "z93/f5KHg48gfqxpz0SP3Wxd4fw="); // D1
}

BOOST_AUTO_TEST_CASE(a_long_lived_key_sends_no_session_headers) {
  for (const auto version : {signature_version::v3, signature_version::v1})
    for (const auto& what : {get_personal_token(), get_authorization_token("cri-1")}) {
      const auto request = make_request(what, key(), at("https://h", version));
      BOOST_TEST(find_header(request.headers, "x-acs-security-token").empty());
      BOOST_TEST(find_header(request.headers, "x-acs-accesskey-id").empty());
      BOOST_TEST(request.url.find("SecurityToken") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(the_host_header_has_a_port_only_if_it_is_not_the_default) {
  const auto host = [](const char* url) {
    const auto request = make_request(get_personal_token(), key(), at(url));
    return std::string{find_header(request.headers, "host")};
  };
  BOOST_TEST(host("https://cr.example") == "cr.example");
  BOOST_TEST(host("https://cr.example:443") == "cr.example");
  BOOST_TEST(host("https://cr.example:80") == "cr.example:80");
  BOOST_TEST(host("http://cr.example:80") == "cr.example");
  BOOST_TEST(host("http://127.0.0.1:8080/") == "127.0.0.1:8080");
}

BOOST_AUTO_TEST_CASE(an_oidc_token_is_sent_unsigned_and_in_the_body) {
  const auto what =
      assume_role_with_oidc({"acs:ram::1:role/r", "sess", 900s}, "acs:ram::1:oidc-provider/p",
                            secret_string{std::string{"eyJ.a+b.c"}});
  for (const auto version : {signature_version::v3, signature_version::v1}) {
    const auto request = make_request(what, std::nullopt, at("https://sts.example", version));
    BOOST_TEST(request.method == "POST");
    BOOST_TEST((as_map(query_of(request)) ==
                field_map{{"Action", "AssumeRoleWithOIDC"},
                          {"Version", "2015-04-01"},
                          {"Format", "JSON"},
                          {"Timestamp", "2026-01-02T03:04:05Z"},
                          {"SignatureNonce", "0123456789abcdef0123456789abcdef"}}));
    BOOST_TEST((as_map(form_decode(request.body)) ==
                field_map{{"RoleArn", "acs:ram::1:role/r"},
                          {"RoleSessionName", "sess"},
                          {"DurationSeconds", "900"},
                          {"OIDCProviderArn", "acs:ram::1:oidc-provider/p"},
                          {"OIDCToken", "eyJ.a+b.c"}}));
    BOOST_TEST(find_header(request.headers, "content-type") == "application/x-www-form-urlencoded");
    BOOST_TEST(find_header(request.headers, "authorization").empty());
  }
}

BOOST_AUTO_TEST_CASE(a_body_is_signed_with_its_content_type) {
  auto what = assume_role({"acs:ram::1:role/r", "sess", 900s});
  std::swap(what.query, what.form);
  const auto v3 = make_request(what, key(), at("https://sts.example"));
  BOOST_TEST(signed_headers(v3).contains("content-type"));
  BOOST_TEST(find_header(v3.headers, "x-acs-content-sha256") == sha256_hex(v3.body));
  const auto v1 = make_request(what, key(), at("https://sts.example", signature_version::v1));
  const auto query = query_of(v1);
  BOOST_TEST(rpc_v1_signature(rpc_v1_string_to_sign("POST", query, form_decode(v1.body)),
                              key().access_key_secret) == value_of(query, "Signature"));
}

BOOST_AUTO_TEST_CASE(calls_are_named_by_product_and_action) {
  BOOST_TEST(step_name(assume_role({})) == "sts AssumeRole");
  BOOST_TEST(step_name(get_personal_token()) == "cr GetAuthorizationToken");
}
