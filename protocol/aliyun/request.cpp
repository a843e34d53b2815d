#include "protocol/aliyun/request.hpp"

#include <string_view>
#include <utility>

#include "protocol/aliyun/signature.hpp"

namespace acr::aliyun {

namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

// As curl sends it: without the default port.
std::string host_of(std::string_view base_url) {
  const auto scheme = base_url.find("://");
  const bool plain = base_url.starts_with("http:");
  auto host = scheme == std::string_view::npos ? base_url : base_url.substr(scheme + 3);
  host = host.substr(0, host.find('/'));
  const std::string_view standard = plain ? ":80" : ":443";
  if (host.ends_with(standard))
    host.remove_suffix(standard.size());
  return std::string{host};
}

http_request plain_request(const operation& what, const request_context& context) {
  http_request request;
  request.method = what.method;
  request.headers.push_back({"host", host_of(context.base_url)});
  request.headers.push_back({"accept", "application/json"});
  if (!what.form.empty()) {
    request.body = form_encode(what.form);
    request.headers.push_back({"content-type", std::string{form_type}});
  }
  return request;
}

void set_url(http_request& request, const operation& what, const request_context& context,
             const parameters& query) {
  request.url = context.base_url;
  while (request.url.ends_with('/'))
    request.url.pop_back();
  request.url += what.path;
  if (!query.empty())
    request.url += '?' + form_encode(query);
}

void add_session(http_request& request, const credentials& signer) {
  if (signer.security_token.empty())
    return;
  request.headers.push_back({"x-acs-accesskey-id", signer.access_key_id});
  request.headers.push_back({"x-acs-security-token", std::string{signer.security_token.reveal()}});
}

void sign_v3(http_request& request, const operation& what, const credentials& signer,
             const request_context& context) {
  const auto payload = sha256_hex(request.body);
  request.headers.push_back({"x-acs-action", what.action});
  request.headers.push_back({"x-acs-version", what.version});
  request.headers.push_back({"x-acs-date", to_rfc3339(context.now)});
  request.headers.push_back({"x-acs-signature-nonce", context.nonce});
  request.headers.push_back({"x-acs-content-sha256", payload});
  add_session(request, signer);
  auto names = v3_headers_to_sign(request.headers);
  const auto canonical =
      v3_canonical_request(request.method, what.path, what.query, request.headers, names, payload);
  auto signature = v3_signature(v3_string_to_sign(canonical), signer.access_key_secret);
  request.headers.push_back(
      {"authorization", to_string(authorization{signature_algorithm::v3, signer.access_key_id,
                                                std::move(names), std::move(signature)})});
  set_url(request, what, context, what.query);
}

void sign_roa_v1(http_request& request, const operation& what, const credentials& signer,
                 const request_context& context) {
  request.headers.push_back({"date", to_http_date(context.now)});
  request.headers.push_back({"x-acs-action", what.action});
  request.headers.push_back({"x-acs-version", what.version});
  request.headers.push_back({"x-acs-signature-method", "HMAC-SHA1"});
  request.headers.push_back({"x-acs-signature-version", "1.0"});
  request.headers.push_back({"x-acs-signature-nonce", context.nonce});
  add_session(request, signer);
  auto signature = roa_v1_signature(
      roa_v1_string_to_sign(request.method, what.path, what.query, request.headers),
      signer.access_key_secret);
  request.headers.push_back(
      {"authorization",
       to_string(authorization{
           signature_algorithm::roa_v1, signer.access_key_id, {}, std::move(signature)})});
  set_url(request, what, context, what.query);
}

// Without a signer only the common parameters are added.
void sign_rpc_v1(http_request& request, const operation& what,
                 const std::optional<credentials>& signer, const request_context& context) {
  parameters query{{"Action", what.action},
                   {"Version", what.version},
                   {"Format", "JSON"},
                   {"Timestamp", to_rfc3339(context.now)},
                   {"SignatureNonce", context.nonce}};
  query.insert(query.end(), what.query.begin(), what.query.end());
  if (signer) {
    query.emplace_back("SignatureMethod", "HMAC-SHA1");
    query.emplace_back("SignatureVersion", "1.0");
    query.emplace_back("AccessKeyId", signer->access_key_id);
    if (!signer->security_token.empty())
      query.emplace_back("SecurityToken", std::string{signer->security_token.reveal()});
    query.emplace_back("Signature",
                       rpc_v1_signature(rpc_v1_string_to_sign(request.method, query, what.form),
                                        signer->access_key_secret));
  }
  set_url(request, what, context, query);
}

} // namespace

std::string step_name(const operation& what) {
  return (what.service == product::sts ? "sts " : "cr ") + what.action;
}

http_request make_request(const operation& what, const std::optional<credentials>& signer,
                          const request_context& context) {
  auto request = plain_request(what, context);
  if (signer && context.version == signature_version::v3)
    sign_v3(request, what, *signer, context);
  else if (signer && what.style == api_style::roa)
    sign_roa_v1(request, what, *signer, context);
  else
    sign_rpc_v1(request, what, signer, context);
  return request;
}

} // namespace acr::aliyun
