#include "protocol/aliyun/acr.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/aliyun/fields.hpp"
#include "protocol/aliyun/request.hpp"
#include "protocol/json.hpp"

namespace acr::aliyun {

namespace {

failure at(const operation& what, failure reason) {
  reason.step = step_name(what);
  return reason;
}

operation enterprise(std::string action, const std::string& instance_id) {
  operation what;
  what.service = product::cr;
  what.version = "2018-12-01";
  what.action = std::move(action);
  what.query = {{"InstanceId", instance_id}};
  return what;
}

// The service's own tables of domains are known to hold a blank at an end.
std::string host_name(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t'; });
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

void read_domains(const boost::json::object& endpoint, const std::string& path,
                  std::optional<failure>& error, std::vector<endpoint_domain>& out) {
  field_reader fields{endpoint, path, error};
  if (!fields.flag("Enable"))
    return;
  const auto network = fields.text("EndpointType");
  const auto* domains = fields.array("Domains");
  if (domains == nullptr)
    return;
  for (const auto& entry : *domains) {
    const auto* object = entry.if_object();
    if (object == nullptr) {
      fields.refuse("Domains", "holds something that is not an object");
      return;
    }
    field_reader domain{*object, path + "Domains.", error};
    endpoint_domain item{host_name(domain.text("Domain")), network, domain.text("Type") == "USER"};
    if (error)
      return;
    const bool known = std::any_of(out.begin(), out.end(), [&item](const endpoint_domain& other) {
      return other.host == item.host;
    });
    if (!known)
      out.push_back(std::move(item));
  }
}

} // namespace

operation get_authorization_token(const std::string& instance_id) {
  return enterprise("GetAuthorizationToken", instance_id);
}

operation list_instance_endpoint(const std::string& instance_id) {
  auto what = enterprise("ListInstanceEndpoint", instance_id);
  what.query.emplace_back("ModuleName", "Registry");
  return what;
}

operation get_personal_token() {
  operation what;
  what.service = product::cr;
  what.style = api_style::roa;
  what.version = "2016-06-07";
  what.action = "GetAuthorizationToken";
  what.method = "GET";
  what.path = "/tokens";
  return what;
}

result<registry_token> read_authorization_token(const secret_string& body, wall_time now) {
  const auto answer = parse_json_object(body.reveal());
  if (!answer)
    return at(get_authorization_token({}), answer.error());
  std::optional<failure> error;
  field_reader fields{*answer, "", error};
  registry_token token;
  token.user = fields.text("TempUsername");
  token.password = fields.secret("AuthorizationToken");
  token.expires_at = fields.epoch_ms_after("ExpireTime", now);
  if (error)
    return at(get_authorization_token({}), *error);
  return token;
}

result<registry_token> read_personal_token(const secret_string& body, wall_time now) {
  const auto answer = parse_json_object(body.reveal());
  if (!answer)
    return at(get_personal_token(), answer.error());
  std::optional<failure> error;
  field_reader top{*answer, "", error};
  const auto* data = top.object("data");
  if (data == nullptr)
    return at(get_personal_token(), *error);
  field_reader fields{*data, "data.", error};
  registry_token token;
  token.user = fields.text("tempUserName");
  token.password = fields.secret("authorizationToken");
  token.expires_at = fields.epoch_ms_after("expireDate", now);
  if (error)
    return at(get_personal_token(), *error);
  return token;
}

result<std::vector<endpoint_domain>> read_instance_endpoints(const secret_string& body) {
  const auto answer = parse_json_object(body.reveal());
  if (!answer)
    return at(list_instance_endpoint({}), answer.error());
  std::optional<failure> error;
  field_reader fields{*answer, "", error};
  const auto* endpoints = fields.array("Endpoints");
  if (endpoints == nullptr)
    return at(list_instance_endpoint({}), *error);
  std::vector<endpoint_domain> domains;
  for (const auto& entry : *endpoints) {
    if (const auto* object = entry.if_object())
      read_domains(*object, "Endpoints.", error, domains);
    else
      fields.refuse("Endpoints", "holds something that is not an object");
    if (error)
      return at(list_instance_endpoint({}), *error);
  }
  return domains;
}

} // namespace acr::aliyun
