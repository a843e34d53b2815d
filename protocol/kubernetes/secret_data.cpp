#include "protocol/kubernetes/secret_data.hpp"

#include <utility>

#include "protocol/base64.hpp"
#include "protocol/json.hpp"
#include "protocol/kubernetes/decode.hpp"

namespace acr::kubernetes {

http_request get_secret(const object_ref& secret) {
  http_request request;
  request.method = "GET";
  request.url = "/api/v1/namespaces/" + secret.ns + "/secrets/" + secret.name;
  request.headers = {{"Accept", "application/json"}};
  return request;
}

result<std::map<std::string, secret_string>> read_secret_data(std::string step,
                                                              const http_response& answer) {
  if (answer.status < 200 || answer.status > 299)
    return failure_of(std::move(step), answer);
  const auto fail = [&](std::string message) {
    auto reason = malformed(std::move(message));
    reason.step = step;
    reason.status = answer.status;
    return reason;
  };
  const auto document = parse_json_object(answer.body.reveal());
  if (!document)
    return fail(document.error().message);
  std::map<std::string, secret_string> values;
  const auto* data = object_at(&*document, "data");
  if (data == nullptr)
    return values; // a Secret may be empty
  for (const auto& item : *data) {
    const std::string key{item.key()};
    auto value = decode_base64(string_at(data, key));
    if (!value)
      return fail("data." + key + " is not base64");
    values.emplace(key, secret_string{std::move(*value)});
  }
  return values;
}

} // namespace acr::kubernetes
