#include "protocol/kubernetes/exec_credential.hpp"

#include <utility>

#include <boost/json/serialize.hpp>

#include "protocol/base64.hpp"
#include "protocol/json.hpp"

namespace acr::kubernetes {

namespace json = boost::json;

std::string render_exec_info(const exec_plugin& plugin, const exec_cluster& cluster) {
  json::object spec{{"interactive", false}};
  if (plugin.provide_cluster_info) {
    json::object about{{"server", cluster.server}};
    if (!cluster.tls_server_name.empty())
      about["tls-server-name"] = cluster.tls_server_name;
    if (cluster.insecure_skip_verify)
      about["insecure-skip-tls-verify"] = true;
    if (!cluster.ca_pem.empty())
      about["certificate-authority-data"] = encode_base64(cluster.ca_pem);
    if (!cluster.proxy_url.empty())
      about["proxy-url"] = cluster.proxy_url;
    spec["cluster"] = std::move(about);
  }
  return json::serialize(json::object{
      {"apiVersion", plugin.api_version}, {"kind", "ExecCredential"}, {"spec", std::move(spec)}});
}

result<exec_credential> decode_exec_credential(const exec_plugin& plugin, std::string_view text) {
  const auto fail = [&plugin](const std::string& message) {
    auto reason = malformed(message);
    reason.step = "run credential plugin " + plugin.command;
    return reason;
  };
  const auto document = parse_json_object(text);
  if (!document)
    return fail(document.error().message);
  if (string_at(&*document, "kind") != "ExecCredential")
    return fail("its output is no ExecCredential");
  if (string_at(&*document, "apiVersion") != plugin.api_version)
    return fail("its output has another apiVersion than " + plugin.api_version);
  const auto* status = object_at(&*document, "status");
  exec_credential value;
  value.token = secret_string{string_at(status, "token")};
  value.client_cert_pem = string_at(status, "clientCertificateData");
  value.client_key_pem = secret_string{string_at(status, "clientKeyData")};
  if (value.client_cert_pem.empty() != value.client_key_pem.empty())
    return fail("its output has a client certificate without a key, or a key without one");
  if (value.token.empty() && value.client_cert_pem.empty())
    return fail("its output has neither a token nor a client certificate");
  if (const auto expiry = string_at(status, "expirationTimestamp"); !expiry.empty()) {
    value.expires_at = parse_rfc3339(expiry);
    if (!value.expires_at)
      return fail("its expirationTimestamp is not RFC 3339");
  }
  return value;
}

} // namespace acr::kubernetes
