#include "tools/kubesim/validation.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/base64.hpp"
#include "protocol/dns_name.hpp"
#include "protocol/json.hpp"
#include "tools/kubesim/selector.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

constexpr const char* subdomain_rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr const char* label_rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr const char* value_rule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  "
    "or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
constexpr const char* key_rule =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
    "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
constexpr const char* qualified_rule =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

bool lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool alnum(char c) { return lower_alnum(c) || (c >= 'A' && c <= 'Z'); }

bool is_name_part(std::string_view text) {
  return !text.empty() && text.size() <= 63 && alnum(text.front()) && alnum(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return alnum(c) || c == '-' || c == '_' || c == '.'; });
}

void check_metadata(const resource& what, const json::object& object, std::vector<cause>& out) {
  const auto& metadata = *object_at(&object, "metadata");
  const auto name = text_at(metadata, "name");
  if (name.empty()) {
    out.push_back(required("metadata.name", "name or generateName is required"));
  } else if (what.group == "rbac.authorization.k8s.io") {
    if (name.find_first_of("/%") != std::string::npos || name == "." || name == "..")
      out.push_back(invalid_value("metadata.name", quoted(name),
                                  name == "." || name == ".." ? "may not be '" + name + "'"
                                  : name.find('/') != std::string::npos ? "may not contain '/'"
                                                                        : "may not contain '%'"));
  } else if (what.plural == "namespaces") {
    if (!valid_dns_label(name))
      out.push_back(invalid_value("metadata.name", quoted(name), label_rule));
  } else if (!is_subdomain(name)) {
    out.push_back(invalid_value("metadata.name", quoted(name), subdomain_rule));
  }
  if (const auto* labels = object_at(&metadata, "labels"))
    for (const auto& item : *labels) {
      const std::string key{item.key()};
      const auto slash = key.find('/');
      if (!is_name_part(slash == std::string::npos ? key : key.substr(slash + 1)))
        out.push_back(invalid_value("metadata.labels", quoted(key), qualified_rule));
      const std::string value{item.value().get_string()};
      if (!value.empty() && !is_name_part(value))
        out.push_back(invalid_value("metadata.labels", quoted(value), value_rule));
    }
  if (const auto* notes = object_at(&metadata, "annotations"))
    for (const auto& item : *notes) {
      const std::string key{item.key()};
      const auto slash = key.find('/');
      if (!is_name_part(slash == std::string::npos ? key : key.substr(slash + 1)))
        out.push_back(invalid_value("metadata.annotations", quoted(key), qualified_rule));
    }
}

/// Go's words for why a text is not JSON, for the few beginnings that are common.
std::string go_json_error(const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    return "unexpected end of JSON input";
  for (const std::string word : {"null", "true", "false"})
    if (text[0] == word[0])
      for (std::size_t i = 1; i < word.size(); ++i) {
        if (i >= text.size())
          return "unexpected end of JSON input";
        if (text[i] != word[i])
          return std::string{"invalid character '"} + text[i] + "' in literal " + word +
                 " (expecting '" + word[i] + "')";
      }
  if (text[0] == '{' || text[0] == '[' || text[0] == '"')
    return "unexpected end of JSON input";
  return std::string{"invalid character '"} + text[0] + "' looking for beginning of value";
}

void check_docker(const json::object& object, const std::string& key, std::vector<cause>& out) {
  const auto* data = object_at(&object, "data");
  const auto* value = data ? data->if_contains(key) : nullptr;
  const auto field = "data[" + key + "]";
  if (!value) {
    out.push_back(required(field));
    return;
  }
  const auto text = value->is_string() ? decode_base64(value->get_string()).value_or("") : "";
  boost::system::error_code error;
  const auto parsed = json::parse(text, error);
  if (error)
    out.push_back(invalid_value(field, "\"<secret contents redacted>\"", go_json_error(text)));
  else if (!parsed.is_object() && !parsed.is_null())
    out.push_back(invalid_value(field, "\"<secret contents redacted>\"",
                                std::string{"json: cannot unmarshal "} +
                                    (parsed.is_array()    ? "array"
                                     : parsed.is_string() ? "string"
                                     : parsed.is_bool()   ? "bool"
                                                          : "number") +
                                    " into Go value of type map[string]interface {}"));
}

void check_keys(const json::object& object, const char* map, std::vector<cause>& out) {
  if (const auto* data = object_at(&object, map))
    for (const auto& item : *data) {
      const std::string_view key = item.key();
      if (key.empty() || !std::all_of(key.begin(), key.end(), [](char c) {
            return alnum(c) || c == '-' || c == '_' || c == '.';
          }))
        out.push_back(
            invalid_value(std::string{map} + "[" + std::string{key} + "]", quoted(key), key_rule));
    }
}

void check_lease(const json::object& object, std::vector<cause>& out) {
  const auto* spec = object_at(&object, "spec");
  if (!spec)
    return;
  for (const auto& [name, least, why] :
       {std::tuple{"leaseDurationSeconds", 1, "must be greater than 0"},
        std::tuple{"leaseTransitions", 0, "must be greater than or equal to 0"}})
    if (const auto* value = spec->if_contains(name);
        value && value->to_number<std::int64_t>() < least)
      out.push_back(invalid_value(std::string{"spec."} + name,
                                  std::to_string(value->to_number<std::int64_t>()), why));
}

void check_secret(const json::object& object, std::vector<cause>& out) {
  check_keys(object, "data", out);
  const auto kind = text_at(object, "type");
  if (kind == "kubernetes.io/dockerconfigjson")
    check_docker(object, ".dockerconfigjson", out);
  else if (kind == "kubernetes.io/dockercfg")
    check_docker(object, ".dockercfg", out);
  else if (kind == "kubernetes.io/service-account-token" &&
           text_at(object, "metadata.annotations").empty()) {
    const auto* notes = object_at(object_at(&object, "metadata"), "annotations");
    if (!notes || !notes->contains("kubernetes.io/service-account.name"))
      out.push_back(required("metadata.annotations[kubernetes.io/service-account.name]"));
  } else if (kind == "kubernetes.io/tls") {
    const auto* data = object_at(&object, "data");
    for (const char* key : {"tls.crt", "tls.key"})
      if (!data || !data->contains(key))
        out.push_back(required(std::string{"data["} + key + "]"));
  } else if (kind == "kubernetes.io/basic-auth") {
    const auto* data = object_at(&object, "data");
    if (!data || (!data->contains("username") && !data->contains("password"))) {
      out.push_back(required("data[username]"));
      out.push_back(required("data[password]"));
    }
  }
}

} // namespace

bool is_subdomain(std::string_view name) {
  if (name.empty() || name.size() > 253)
    return false;
  while (true) {
    const auto part = name.substr(0, name.find('.'));
    if (part.empty() || !lower_alnum(part.front()) || !lower_alnum(part.back()) ||
        !std::all_of(part.begin(), part.end(), [](char c) { return lower_alnum(c) || c == '-'; }))
      return false;
    if (part.size() == name.size())
      return true;
    name.remove_prefix(part.size() + 1);
  }
}

void fill_in(const resource& what, json::object& object) {
  if (what.plural == "secrets") {
    if (const auto* plain = object_at(&object, "stringData")) {
      std::map<std::string, json::value> sorted;
      if (const auto* data = object_at(&object, "data"))
        for (const auto& item : *data)
          sorted[std::string{item.key()}] = item.value();
      for (const auto& item : *plain)
        sorted[std::string{item.key()}] = encode_base64(item.value().get_string());
      json::object data;
      for (auto& [key, value] : sorted)
        data[key] = std::move(value);
      object["data"] = std::move(data);
      object.erase("stringData");
    }
    if (!object.contains("type"))
      object["type"] = "Opaque";
  }
  if (what.plural == "namespaces") {
    auto& metadata = object["metadata"].as_object();
    if (const auto name = text_at(metadata, "name"); !name.empty()) {
      auto& labels = metadata["labels"];
      if (!labels.is_object())
        labels.emplace_object();
      labels.get_object()["kubernetes.io/metadata.name"] = name;
    }
  }
  if (what.kind == "RoleBinding" || what.kind == "ClusterRoleBinding") {
    auto& ref = object["roleRef"].as_object();
    if (text_at(ref, "apiGroup").empty())
      ref["apiGroup"] = what.group;
    if (auto* list = object.if_contains("subjects"); list && list->is_array())
      for (auto& item : list->get_array()) {
        auto& one = item.as_object();
        const auto kind = text_at(one, "kind");
        if ((kind == "User" || kind == "Group") && !one.contains("apiGroup"))
          one["apiGroup"] = what.group;
      }
  }
}

void validate(const resource& what, const json::object& object, std::vector<cause> found) {
  check_metadata(what, object, found);
  if (what.plural == "secrets") {
    check_secret(object, found);
  } else if (what.plural == "configmaps") {
    check_keys(object, "data", found);
    check_keys(object, "binaryData", found);
  } else if (what.plural == "leases") {
    check_lease(object, found);
  }
  if (!found.empty())
    throw invalid(what.as_kind(text_at(object, "metadata.name")), found);
}

std::vector<cause> changes_refused(const resource& what, const json::object& before,
                                   const json::object& next) {
  std::vector<cause> found;
  const auto immutable = [&](const std::string& field, const json::value& value) {
    found.push_back(invalid_value(
        field, value.is_string() ? quoted(std::string{value.get_string()}) : json::serialize(value),
        "field is immutable"));
  };
  const auto value_of = [](const json::object& of, const char* key) {
    const auto* value = of.if_contains(key);
    return value ? *value : json::value{};
  };
  if (value_of(before.at("metadata").as_object(), "creationTimestamp") !=
      value_of(next.at("metadata").as_object(), "creationTimestamp"))
    immutable("metadata.creationTimestamp",
              value_of(next.at("metadata").as_object(), "creationTimestamp"));
  if (what.plural == "secrets" && value_of(before, "type") != value_of(next, "type"))
    immutable("type", value_of(next, "type"));
  if (what.plural == "secrets" || what.plural == "configmaps") {
    const auto* sealed = before.if_contains("immutable");
    if (sealed && sealed->is_bool() && sealed->get_bool()) {
      const auto* still = next.if_contains("immutable");
      if (!still || !still->is_bool() || !still->get_bool())
        found.push_back({"FieldValueForbidden",
                         "Forbidden: field is immutable when `immutable` is set", "immutable"});
      for (const char* part : {"data", "binaryData"})
        if (value_of(before, part) != value_of(next, part))
          found.push_back({"FieldValueForbidden",
                           "Forbidden: field is immutable when `immutable` is set", part});
    }
  }
  if (what.kind == "RoleBinding" || what.kind == "ClusterRoleBinding")
    if (before.at("roleRef") != next.at("roleRef"))
      found.push_back(
          invalid_value("roleRef", json::serialize(next.at("roleRef")), "cannot change roleRef"));
  return found;
}

} // namespace acr::kubesim
