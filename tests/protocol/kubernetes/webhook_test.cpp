#define BOOST_TEST_MODULE webhook
#include <boost/test/unit_test.hpp>

#include <boost/json/parse.hpp>

#include "protocol/base64.hpp"
#include "protocol/kubernetes/webhook.hpp"
#include "tests/support/freed_memory.hpp"

using namespace acr;
using namespace acr::kubernetes;
namespace json = boost::json;

namespace {

http_response reply(int status, const std::string& text) {
  return {status, {}, secret_string{std::string_view{text}}};
}

webhook_certificates content() {
  return {{"certificate", secret_string{std::string_view{"key"}}},
          webhook_pair{"second", secret_string{std::string_view{"second key"}}},
          "authorities"};
}

} // namespace

BOOST_AUTO_TEST_CASE(what_is_applied_is_read_again) {
  const auto request = apply_webhook_secret({"ns", "w"}, content(), object_meta{{}, "u", "7"});
  BOOST_TEST(request.method == "PATCH");
  BOOST_TEST(request.url == "/api/v1/namespaces/ns/secrets/w?fieldManager=acr-credential-helper&"
                            "force=true");
  const auto document = json::parse(request.body).as_object();
  BOOST_TEST(document.at("metadata").at("resourceVersion") == "7");
  BOOST_TEST(document.at("metadata").at("uid") == "u");
  BOOST_TEST(!document.contains("type")); // that of what was installed
  const auto found = read_webhook_secret("get", reply(200, request.body));
  BOOST_REQUIRE(found);
  BOOST_TEST((found->content == content()));
  BOOST_TEST(found->meta.resource_version == "7");
}

// The request holds them; its sender overwrites it.
BOOST_AUTO_TEST_CASE(no_copy_of_a_key_is_left_behind) {
  std::string key; // longer than any buffer in between
  for (int i = 0; i < 500; ++i)
    key += "MARKMARKMARK";
  auto secrets = content();
  secrets.current.key = secret_string{key};
  secrets.next->key = secret_string{key};
  const auto encoded = encode_base64("MARKMARKMARK");
  testing::freed_with_it = 0;
  testing::searched = encoded;
  const auto request = apply_webhook_secret({"ns", "w"}, secrets, std::nullopt);
  testing::searched = {};
  BOOST_TEST(request.body.find(encoded) != std::string::npos);
  BOOST_TEST(testing::freed_with_it == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_not_seen_is_not_taken_from_anybody) {
  auto first = content();
  first.next.reset();
  const auto request = apply_webhook_secret({"ns", "w"}, first, std::nullopt);
  BOOST_TEST(request.url == "/api/v1/namespaces/ns/secrets/w?fieldManager=acr-credential-helper");
  const auto document = json::parse(request.body).as_object();
  BOOST_TEST(!document.at("metadata").as_object().contains("resourceVersion"));
  BOOST_TEST(document.at("data").as_object().size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_secret_as_it_is_installed_is_empty) {
  const auto found = read_webhook_secret(
      "get",
      reply(200, R"({"metadata":{"name":"w","namespace":"ns","uid":"u","resourceVersion":"1"}})"));
  BOOST_REQUIRE(found);
  BOOST_TEST((found->content == webhook_certificates{}));
  BOOST_TEST((read_webhook_secret("get", reply(404, "")).error().code == errc::not_found));
  BOOST_TEST((read_webhook_secret("get", reply(200, "x")).error().code == errc::malformed_answer));
  for (const auto& reason : {read_webhook_secret("get", reply(200, "{}")).error(),
                             read_webhook_configuration("get", reply(200, "x")).error()}) {
    BOOST_TEST((reason.code == errc::malformed_answer));
    BOOST_TEST(reason.step == "get");
  }
  BOOST_TEST(
      read_webhook_configuration("get", reply(200, "x")).error().message.starts_with("not JSON"));
}

BOOST_AUTO_TEST_CASE(a_configuration_is_read) {
  const auto found = read_webhook_configuration(
      "get",
      reply(200, R"({"webhooks":[{"name":"a","clientConfig":{"caBundle":"WA=="}},{"name":"b"}]})"));
  BOOST_REQUIRE(found);
  BOOST_REQUIRE_EQUAL(found->webhooks.size(), 2U);
  BOOST_TEST(found->webhooks[0].authorities == "X");
  BOOST_TEST(found->webhooks[1].authorities.empty());
  BOOST_TEST(!found->trusts("X"));
  BOOST_TEST(read_webhook_configuration("get", reply(200, "{}"))->trusts("X")); // nobody is asked
  for (const auto* text : {"x", "[]", R"({"webhooks":1})"})
    BOOST_TEST((read_webhook_configuration("get", reply(200, text)).error().code ==
                errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(only_the_webhooks_that_were_seen_are_changed) {
  const auto request = trust_authorities("hooks", {{{"a", ""}, {"b", ""}}}, "X");
  BOOST_TEST(request.url == "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/"
                            "hooks?fieldManager=acr-credential-helper");
  BOOST_TEST(json::parse(request.body) == json::parse(R"([
    {"op":"test","path":"/webhooks/0/name","value":"a"},
    {"op":"add","path":"/webhooks/0/clientConfig/caBundle","value":"WA=="},
    {"op":"test","path":"/webhooks/1/name","value":"b"},
    {"op":"add","path":"/webhooks/1/clientConfig/caBundle","value":"WA=="}])"));
}
