#define BOOST_TEST_MODULE exec_credential
#include <boost/test/unit_test.hpp>

#include "protocol/kubernetes/exec_credential.hpp"

using namespace acr;
using namespace acr::kubernetes;

namespace {

exec_plugin plugin() {
  exec_plugin value;
  value.command = "login";
  value.api_version = "client.authentication.k8s.io/v1";
  return value;
}

result<exec_credential> decode(const std::string& status) {
  return decode_exec_credential(
      plugin(),
      R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":)" +
          status + "}");
}

} // namespace

BOOST_AUTO_TEST_CASE(a_token_with_its_expiry_is_read) {
  const auto value = decode(R"({"token":"t","expirationTimestamp":"2026-01-02T03:04:05Z"})");
  BOOST_REQUIRE(value.has_value());
  BOOST_TEST(value->token.reveal() == "t");
  BOOST_TEST(to_rfc3339(value->expires_at.value()) == "2026-01-02T03:04:05Z");
}

BOOST_AUTO_TEST_CASE(a_client_certificate_is_read) {
  const auto value = decode(R"({"clientCertificateData":"cert","clientKeyData":"key"})");
  BOOST_REQUIRE(value.has_value());
  BOOST_TEST(value->client_cert_pem == "cert");
  BOOST_TEST(value->client_key_pem.reveal() == "key");
  BOOST_TEST(!value->expires_at);
}

BOOST_AUTO_TEST_CASE(what_is_no_credential_is_refused_without_quoting_it) {
  for (
      const auto* text :
      {"", "marker", "[]", "{}", R"({"apiVersion":"client.authentication.k8s.io/v1"})",
       R"({"apiVersion":"v1","kind":"ExecCredential","status":{"token":"marker"}})",
       R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"Secret","status":{"token":"marker"}})"}) {
    const auto value = decode_exec_credential(plugin(), text);
    BOOST_REQUIRE_MESSAGE(value.has_error(), text);
    BOOST_TEST((value.error().code == errc::malformed_answer));
    BOOST_TEST(value.error().step == "run credential plugin login");
    BOOST_TEST(to_string(value.error()).find("marker") == std::string::npos);
  }
  for (const auto* status :
       {"{}", "null", R"({"token":""})", R"({"token":1})", R"({"clientCertificateData":"marker"})",
        R"({"token":"marker","clientKeyData":"marker"})",
        R"({"token":"marker","expirationTimestamp":"marker"})"}) {
    const auto value = decode(status);
    BOOST_REQUIRE_MESSAGE(value.has_error(), status);
    BOOST_TEST(to_string(value.error()).find("marker") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_plugin_is_given_the_cluster_only_if_it_asks) {
  const exec_cluster cluster{"https://a", "n", "ca", "http://p", true};
  BOOST_TEST(render_exec_info(plugin(), cluster) ==
             R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",)"
             R"("spec":{"interactive":false}})");
  auto curious = plugin();
  curious.provide_cluster_info = true;
  BOOST_TEST(render_exec_info(curious, cluster) ==
             R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",)"
             R"("spec":{"interactive":false,"cluster":{"server":"https://a","tls-server-name":"n",)"
             R"("insecure-skip-tls-verify":true,"certificate-authority-data":"Y2E=",)"
             R"("proxy-url":"http://p"}}})");
}
