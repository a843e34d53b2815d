#include "protocol/aliyun/acr.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/aliyun/fields.hpp"
#include "protocol/aliyun/request.hpp"
#include "protocol/json.hpp"
#include "protocol/registry/host.hpp"
#include "protocol/text.hpp"

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

// The service's own tables of domains are known to contain a trailing blank.
std::string host_name(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t'; });
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// A user name that basic authentication can carry (RFC 7617): no client could log in with another
/// one, and our own reader of the Secret would refuse it.
std::string user_name(field_reader& fields, std::string_view name) {
  auto text = fields.text(name);
  const bool usable = std::none_of(text.begin(), text.end(), [](char c) {
    return c == ':' || static_cast<unsigned char>(c) < ' ' || c == '\x7F';
  });
  if (!usable || first_not_utf8(text))
    fields.refuse(name, "is no user name: it holds a colon, a control character or no text");
  return text;
}

/// The host of an entry of `Domains`; empty if images cannot be pulled from it.
std::string usable_host(const boost::json::object& entry) {
  const auto* text = entry.if_contains("Domain");
  if (text == nullptr || !text->is_string())
    return {};
  auto host = host_name(std::string{text->as_string()});
  const bool usable = registry::valid_host(host) && host.find('*') == std::string::npos;
  return usable ? host : std::string{};
}

/// Unusable entries are skipped and counted: one of them must not cost the others.
void read_domains(const boost::json::object& endpoint, const std::string& path,
                  std::optional<failure>& error, std::vector<endpoint_domain>& out,
                  std::size_t& useless) {
  field_reader fields{endpoint, path, error};
  if (!fields.flag("Enable"))
    return;
  const auto network = fields.text("EndpointType");
  const auto* domains = fields.array("Domains");
  if (domains == nullptr)
    return;
  for (const auto& entry : *domains) {
    const auto* object = entry.if_object();
    auto host = object ? usable_host(*object) : std::string{};
    if (host.empty()) {
      ++useless;
      continue;
    }
    const auto* type = object->if_contains("Type");
    endpoint_domain item{std::move(host), network,
                         type != nullptr && type->is_string() && type->as_string() == "USER"};
    const bool known = std::any_of(out.begin(), out.end(), [&item](const endpoint_domain& other) {
      return other.host == item.host;
    });
    if (known)
      continue;
    if (out.size() == most_instance_domains)
      return fields.refuse("Domains", "holds more domains than an instance can have");
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
  token.user = user_name(fields, "TempUsername");
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
  token.user = user_name(fields, "tempUserName");
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
  std::size_t useless = 0;
  for (const auto& entry : *endpoints) {
    if (const auto* object = entry.if_object())
      read_domains(*object, "Endpoints.", error, domains, useless);
    else
      fields.refuse("Endpoints", "holds something that is not an object");
    if (error)
      return at(list_instance_endpoint({}), *error);
  }
  if (domains.empty() && useless > 0) {
    fields.refuse("Endpoints", "holds no domain that images could be pulled from");
    return at(list_instance_endpoint({}), *error);
  }
  return domains;
}

} // namespace acr::aliyun
