#include "protocol/aliyun/causes.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/array.hpp>

#include "protocol/aliyun/answer.hpp"
#include "protocol/base64.hpp"
#include "protocol/json.hpp"
#include "protocol/text.hpp"
#include "protocol/time.hpp"

namespace acr::aliyun {

namespace {

namespace json = boost::json;

using values = std::vector<std::pair<std::string_view, std::string>>;

constexpr std::size_t max_value = 200;

// Claims and names are untrusted input: short, one line, and no character that a log would escape.
std::string shown(std::string_view text) {
  const auto start = beginning(text, max_value);
  auto out = one_line(start);
  std::replace(out.begin(), out.end(), '"', '?');
  return start.size() < text.size() ? out + "..." : out;
}

/// The value of that name in a list of pairs; empty if there is none.
template <class Pairs>
std::string_view value_named(const Pairs& from, std::string_view name) {
  const auto found = std::find_if(from.begin(), from.end(),
                                  [name](const auto& item) { return item.first == name; });
  return found == from.end() ? std::string_view{} : std::string_view{found->second};
}

std::string sent(const operation& what, std::string_view name) {
  const auto value = value_named(what.form, name);
  return std::string{value.empty() ? value_named(what.query, name) : value};
}

// The second of the three parts of a JWT: base64url without padding.
std::optional<json::object> claims_of(std::string_view token) {
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos)
    return std::nullopt;
  std::string text{token.substr(first + 1, second - first - 1)};
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  const auto bytes = decode_base64(text);
  if (!bytes)
    return std::nullopt;
  auto parsed = parse_json_object(*bytes);
  if (!parsed)
    return std::nullopt;
  return std::move(*parsed);
}

std::string audience(const json::object& claims) {
  const auto* found = claims.if_contains("aud");
  const auto* list = found != nullptr ? found->if_array() : nullptr;
  if (list == nullptr)
    return string_at(&claims, "aud");
  std::string out;
  for (const auto& item : *list)
    if (const auto* text = item.if_string())
      out.append(out.empty() ? "" : ",").append(text->c_str());
  return out;
}

std::string expiry(const json::object& claims) {
  const auto* found = claims.if_contains("exp");
  constexpr std::int64_t last = 253402300799; // of the year 9999
  if (found == nullptr || !found->is_int64() || found->get_int64() < 0 || found->get_int64() > last)
    return {};
  return to_rfc3339(wall_time{std::chrono::seconds{found->get_int64()}});
}

std::string host_in(std::string_view url) {
  const auto start = url.find("://");
  if (start != std::string_view::npos)
    url.remove_prefix(start + 3);
  return std::string{url.substr(0, url.find('/'))};
}

/// Who signed the call, according to the service, or else to the chain.
std::string caller_of(const failure& reason, const std::optional<credentials>& signer) {
  if (!reason.principal.empty())
    return reason.principal;
  if (!signer || signer->access_key_id.empty())
    return "the caller";
  if (!signer->role.empty())
    return "the role " + signer->role;
  if (signer->access_key_id.starts_with("STS."))
    return "the role of the session " + signer->access_key_id;
  return "the owner of the AccessKey " + signer->access_key_id;
}

values values_of(const failure& reason, const operation& what, const call_context& context) {
  values out{{"role", sent(what, "RoleArn")},
             {"provider", sent(what, "OIDCProviderArn")},
             {"instance", sent(what, "InstanceId")},
             {"duration", sent(what, "DurationSeconds")},
             {"region", context.region},
             {"host", host_in(context.url)},
             {"action", (what.service == product::sts ? "sts:" : "cr:") + what.action}};
  const auto claims = claims_of(sent(what, "OIDCToken"));
  out.emplace_back("iss", claims ? string_at(&*claims, "iss") : "");
  out.emplace_back("sub", claims ? string_at(&*claims, "sub") : "");
  out.emplace_back("aud", claims ? audience(*claims) : "");
  out.emplace_back("exp", claims ? expiry(*claims) : "");
  const auto key = context.signer ? context.signer->access_key_id : std::string{};
  out.emplace_back("key", key);
  out.emplace_back("caller", caller_of(reason, context.signer));
  return out;
}

std::string filled(std::string_view text, const values& with) {
  std::string out;
  while (true) {
    const auto open = text.find('{');
    const auto close = text.find('}', open);
    out += text.substr(0, open);
    if (close == std::string_view::npos)
      return out;
    const auto value = value_named(with, text.substr(open + 1, close - open - 1));
    out += value.empty() ? "(not known)" : shown(value);
    text.remove_prefix(close + 1);
  }
}

bool fits_code(const failure& reason, std::string_view wanted) {
  if (wanted.ends_with('*'))
    return reason.service_code.starts_with(wanted.substr(0, wanted.size() - 1));
  return wanted == reason.service_code || wanted == to_string(reason.code);
}

bool fits_step(std::string_view wanted, const operation* what) {
  if (wanted.empty())
    return true;
  if (what == nullptr)
    return wanted == "metadata";
  if (wanted == "sts" || wanted == "cr")
    return (what->service == product::sts) == (wanted == "sts");
  if (wanted == "personal")
    return what->style == api_style::roa;
  return wanted == what->action && what->style == api_style::rpc;
}

bool holds(circumstance when, const operation* what, const values& known) {
  switch (when) {
  case circumstance::always:
    return true;
  case circumstance::cluster_issuer: {
    const auto issuer = value_named(known, "iss");
    return issuer.find("//kubernetes.default") != std::string_view::npos ||
           issuer.ends_with(".svc") || issuer.ends_with(".svc.cluster.local");
  }
  case circumstance::without_external_id:
    return what != nullptr && sent(*what, "ExternalId").empty();
  case circumstance::vpc_endpoint:
    return value_named(known, "host").find("-vpc.") != std::string_view::npos;
  case circumstance::usual_audience:
    return value_named(known, "aud") == "sts.aliyuncs.com";
  case circumstance::session_signer:
    return value_named(known, "key").starts_with("STS.");
  }
  return false;
}

void explain_with(failure& reason, const operation* what, const values& known) {
  const auto rows = causes();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const cause_row& item) {
    return fits_step(item.step, what) && fits_code(reason, item.code) &&
           reason.message.find(item.message) != std::string::npos && holds(item.when, what, known);
  });
  if (row == rows.end())
    return;
  reason.cause_id = row->id;
  reason.cause = filled(row->cause, known);
  reason.remedy = filled(row->remedy, known);
}

// Endpoints

bool flag_at(const json::object& from, std::string_view name) {
  const auto* found = from.if_contains(name);
  const auto* flag = found != nullptr ? found->if_bool() : nullptr;
  return flag != nullptr && *flag;
}

const json::array* array_at(const json::object& from, std::string_view name) {
  const auto* found = from.if_contains(name);
  return found != nullptr ? found->if_array() : nullptr;
}

std::vector<const json::object*> objects_in(const json::array* list) {
  std::vector<const json::object*> out;
  if (list != nullptr)
    for (const auto& item : *list)
      if (const auto* object = item.if_object())
        out.push_back(object);
  return out;
}

endpoint_finding finding(std::string_view id, const values& known) {
  const auto rows = causes();
  const auto row =
      std::find_if(rows.begin(), rows.end(), [id](const cause_row& item) { return item.id == id; });
  endpoint_finding out;
  out.endpoint = value_named(known, "endpoint");
  out.cause_id = id;
  out.closed = id != "acl_limited";
  if (row != rows.end()) {
    out.cause = filled(row->cause, known);
    out.remedy = filled(row->remedy, known);
  }
  return out;
}

/// The texts of that name in a list of objects. The vendor's sample of an empty list contains one
/// object that says "null".
std::string names_in(const json::object& from, std::string_view list, std::string_view name) {
  std::string out;
  for (const auto* item : objects_in(array_at(from, list)))
    if (const auto text = string_at(item, name); !text.empty() && text != "null")
      out.append(out.empty() ? "" : ", ").append(text);
  return out;
}

void examine(const json::object& endpoint, const std::string& instance_id,
             std::vector<endpoint_finding>& out) {
  values known{{"instance", instance_id},
               {"endpoint", string_at(&endpoint, "EndpointType")},
               {"status", string_at(&endpoint, "Status")}};
  if (const auto status = value_named(known, "status"); !status.empty() && status != "RUNNING")
    out.push_back(finding("endpoint_not_running", known));
  if (value_named(known, "endpoint") == "vpc") {
    if (names_in(endpoint, "LinkedVpcs", "VpcId").empty())
      out.push_back(finding("vpc_not_linked", known));
  } else if (flag_at(endpoint, "AclEnable")) {
    auto entries = names_in(endpoint, "AclEntries", "Entry");
    const auto* id = entries.empty() ? "acl_closed" : "acl_limited";
    known.emplace_back("entries", std::move(entries));
    out.push_back(finding(id, known));
  }
}

std::string endpoints_in_words(const std::vector<const json::object*>& endpoints) {
  std::string out;
  for (const auto* item : endpoints)
    out.append(out.empty() ? "" : ", ")
        .append(string_at(item, "EndpointType"))
        .append(flag_at(*item, "Enable") ? " is on without a domain" : " is off");
  return out.empty() ? "it has no endpoints" : out;
}

} // namespace

void explain(failure& reason, const operation& what, const call_context& context) {
  const auto known = values_of(reason, what, context);
  for (const auto* name : {"role", "instance"})
    if (const auto value = value_named(known, name); !value.empty())
      reason.step += " of " + shown(value);
  explain_with(reason, &what, known);
}

void explain_metadata(failure& reason) { explain_with(reason, nullptr, {}); }

std::vector<endpoint_finding> endpoint_findings(const secret_string& body,
                                                const std::string& instance_id) {
  std::vector<endpoint_finding> out;
  const auto answer = parse_json_object(body.reveal());
  if (!answer)
    return out;
  for (const auto* endpoint : objects_in(array_at(*answer, "Endpoints")))
    if (flag_at(*endpoint, "Enable"))
      examine(*endpoint, instance_id, out);
  return out;
}

failure no_domain_failure(const secret_string& body, const std::string& instance_id) {
  auto reason = make_failure(errc::not_found, "cr ListInstanceEndpoint of " + shown(instance_id),
                             "the instance has no enabled endpoint with a domain");
  const auto answer = parse_json_object(body.reveal());
  const auto endpoints =
      answer ? objects_in(array_at(*answer, "Endpoints")) : std::vector<const json::object*>{};
  const auto found = finding(
      "no_endpoint", {{"instance", instance_id}, {"endpoints", endpoints_in_words(endpoints)}});
  reason.cause_id = found.cause_id;
  reason.cause = found.cause;
  reason.remedy = found.remedy;
  return reason;
}

} // namespace acr::aliyun
