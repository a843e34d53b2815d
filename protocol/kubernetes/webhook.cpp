#include "protocol/kubernetes/webhook.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/base64.hpp"
#include "protocol/json.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/request_parts.hpp"
#include "protocol/kubernetes/status.hpp"
#include "protocol/secret_json.hpp"

namespace acr::kubernetes {

namespace json = boost::json;

namespace {

std::string path_of_configuration(const std::string& name) {
  return "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/" + escaped(name);
}

failure unreadable(std::string step, const http_response& answer, failure reason) {
  reason.step = std::move(step);
  reason.status = answer.status;
  return reason;
}

void put(json::object& data, const char* key, std::string_view value) {
  auto encoded = encode_base64(value);
  data[key] = encoded;
  wipe(encoded);
}

} // namespace

result<webhook_secret> read_webhook_secret(std::string step, const http_response& answer) {
  auto data = read_secret_data(step, answer);
  if (!data)
    return data.error();
  auto meta = decode_meta(answer.body.reveal());
  if (!meta)
    return unreadable(std::move(step), answer, meta.error());
  const auto take = [&](const char* key) {
    const auto found = data->find(key);
    return found == data->end() ? secret_string{} : found->second;
  };
  const auto text = [&](const char* key) { return std::string{take(key).reveal()}; };
  webhook_secret out{std::move(*meta),
                     {{text("tls.crt"), take("tls.key")}, std::nullopt, text("ca.crt")}};
  if (data->contains("next.crt"))
    out.content.next = webhook_pair{text("next.crt"), take("next.key")};
  return out;
}

http_request apply_webhook_secret(const object_ref& ref, const webhook_certificates& content,
                                  const std::optional<object_meta>& seen) {
  const auto memory = cleansing_storage();
  json::object meta{{"name", ref.name}, {"namespace", ref.ns}};
  if (seen) {
    meta["uid"] = seen->uid;
    meta["resourceVersion"] = seen->resource_version;
  }
  json::object data{memory};
  put(data, "tls.crt", content.current.certificate);
  put(data, "tls.key", content.current.key.reveal());
  put(data, "ca.crt", content.authorities);
  if (content.next) {
    put(data, "next.crt", content.next->certificate);
    put(data, "next.key", content.next->key.reveal());
  }
  json::object document{memory};
  document["apiVersion"] = "v1";
  document["kind"] = "Secret";
  document["metadata"] = std::move(meta);
  document["data"] = std::move(data);
  query parameters;
  parameters.add("fieldManager", field_manager);
  if (seen) // else: keep what another replica has just created
    parameters.add("force", "true");
  return write("PATCH", path_of(object_kind::secret, ref) + parameters.text(),
               "application/apply-patch+yaml", serialize_secret(document));
}

bool webhook_configuration::trusts(const std::string& authorities) const {
  return std::all_of(webhooks.begin(), webhooks.end(),
                     [&](const webhook& one) { return one.authorities == authorities; });
}

http_request get_webhook_configuration(const std::string& name) {
  return get(path_of_configuration(name));
}

result<webhook_configuration> read_webhook_configuration(std::string step,
                                                         const http_response& answer) {
  if (answer.status / 100 != 2)
    return failure_of(std::move(step), answer);
  const auto document = parse_json_object(answer.body.reveal());
  if (!document)
    return unreadable(std::move(step), answer, document.error());
  const auto* member = document->if_contains("webhooks");
  if (member != nullptr && !member->is_array())
    return unreadable(std::move(step), answer, malformed("no MutatingWebhookConfiguration"));
  webhook_configuration out;
  if (member != nullptr)
    for (const auto& item : member->get_array()) {
      const auto* one = item.if_object();
      out.webhooks.push_back(
          {string_at(one, "name"),
           decode_base64(string_at(object_at(one, "clientConfig"), "caBundle")).value_or("")});
    }
  return out;
}

http_request trust_authorities(const std::string& name, const webhook_configuration& seen,
                               const std::string& authorities) {
  json::array patch;
  for (std::size_t i = 0; i < seen.webhooks.size(); ++i) {
    const auto path = "/webhooks/" + std::to_string(i);
    patch.push_back(
        json::object{{"op", "test"}, {"path", path + "/name"}, {"value", seen.webhooks[i].name}});
    patch.push_back(json::object{{"op", "add"},
                                 {"path", path + "/clientConfig/caBundle"},
                                 {"value", encode_base64(authorities)}});
  }
  return write("PATCH",
               path_of_configuration(name) + query{}.add("fieldManager", field_manager).text(),
               "application/json-patch+json", json::serialize(patch));
}

} // namespace acr::kubernetes
