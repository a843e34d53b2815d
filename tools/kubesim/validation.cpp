#include "tools/kubesim/validation.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/base64.hpp"
#include "protocol/json.hpp"
#include "tools/kubesim/names.hpp"
#include "tools/kubesim/selector.hpp"
#include "tools/simkit/form.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

void add(const problems& list, const std::string& field, std::string_view value,
         std::vector<cause>& to) {
  for (const auto& item : list)
    to.push_back(invalid_value(field, as_go_quotes(value), item));
}

constexpr std::size_t most_data = std::size_t{1} << 20U;
constexpr std::size_t most_notes = std::size_t{256} << 10U;

/// The number of bytes that a base64 text encodes.
std::size_t decoded_size(std::string_view text) {
  const auto padding = text.size() - std::min(text.find('='), text.size());
  return text.size() / 4 * 3 - padding;
}

void check_labels_and_notes(const json::object& metadata, std::vector<cause>& out) {
  if (const auto* labels = object_at(&metadata, "labels"))
    for (const auto& item : *labels) {
      add(label_key_problems(item.key()), "metadata.labels", item.key(), out);
      const std::string_view value = item.value().get_string();
      add(label_value_problems(value), "metadata.labels", value, out);
    }
  const auto* notes = object_at(&metadata, "annotations");
  if (!notes)
    return;
  std::size_t size = 0;
  for (const auto& item : *notes) {
    add(annotation_key_problems(simkit::lower(item.key())), "metadata.annotations", item.key(),
        out);
    size += item.key().size() + item.value().get_string().size();
  }
  if (size > most_notes)
    out.push_back(too_long("metadata.annotations", most_notes));
}

std::vector<std::string> texts_at(const json::object& from, const char* member) {
  std::vector<std::string> out;
  if (const auto* list = from.if_contains(member); list && list->is_array())
    for (const auto& item : list->get_array())
      out.emplace_back(item.get_string());
  return out;
}

void check_new_finalizers(const json::object& before, const json::object& next,
                          std::vector<cause>& out) {
  if (!before.contains("deletionTimestamp"))
    return;
  const auto known = texts_at(before, "finalizers");
  std::string fresh;
  for (const auto& item : texts_at(next, "finalizers"))
    if (std::find(known.begin(), known.end(), item) == known.end())
      fresh.append(fresh.empty() ? "" : ", ").append(as_go_quotes(item));
  if (!fresh.empty())
    out.push_back({"FieldValueForbidden",
                   "Forbidden: no new finalizers can be added if the object is being deleted, "
                   "found new finalizers []string{" +
                       fresh + "}",
                   "metadata.finalizers"});
}

void check_finalizers(const json::object& metadata, std::vector<cause>& out) {
  const auto list = texts_at(metadata, "finalizers");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto field = "metadata.finalizers[" + std::to_string(i) + "]";
    add(label_key_problems(list[i]), field, list[i], out);
    if (list[i].find('/') == std::string::npos && list[i] != "kubernetes" && list[i] != "orphan" &&
        list[i] != "foregroundDeletion")
      out.push_back(
          invalid_value(field, as_go_quotes(list[i]),
                        "name is neither a standard finalizer name nor is it fully qualified"));
  }
}

void check_metadata(const resource& what, const json::object& object, std::vector<cause>& out) {
  const auto& metadata = *object_at(&object, "metadata");
  const auto name = text_at(metadata, "name");
  if (name.empty()) {
    out.push_back(required("metadata.name", "name or generateName is required"));
  } else if (what.group == "rbac.authorization.k8s.io") {
    add(path_segment_problems(name), "metadata.name", name, out);
  } else {
    add(what.plural == "namespaces" ? label_problems(name) : subdomain_problems(name),
        "metadata.name", name, out);
  }
  check_labels_and_notes(metadata, out);
  if (what.plural != "leases")
    check_finalizers(metadata, out);
}

/// Go's message for invalid JSON, for a few common beginnings.
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
    for (const auto& item : *data)
      add(config_key_problems(item.key()), std::string{map} + "[" + std::string{item.key()} + "]",
          item.key(), out);
}

void check_doubled_keys(const json::object& object, std::vector<cause>& out) {
  const auto* bytes = object_at(&object, "binaryData");
  const auto* data = object_at(&object, "data");
  if (!bytes || !data)
    return;
  for (const auto& item : *data)
    if (bytes->contains(item.key()))
      out.push_back(invalid_value("data[" + std::string{item.key()} + "]", as_go_quotes(item.key()),
                                  "duplicate of key present in binaryData"));
}

/// All values together, without their keys.
void check_size(const json::object& object, const std::string& field, std::vector<cause>& out) {
  const auto* data = object_at(&object, "data");
  const auto* bytes = object_at(&object, "binaryData");
  const bool encoded = field == "data"; // of a Secret; a ConfigMap as a whole is "[]"
  std::size_t size = 0;
  if (data)
    for (const auto& item : *data) {
      const std::string_view value = item.value().get_string();
      size += encoded ? decoded_size(value) : value.size();
    }
  if (bytes)
    for (const auto& item : *bytes)
      size += decoded_size(item.value().get_string());
  if (size > most_data)
    out.push_back(too_long(field, most_data));
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

void check_rules(const resource& what, const json::object& object, std::vector<cause>& out) {
  const auto* rules = object.if_contains("rules");
  if (!rules || !rules->is_array())
    return;
  for (std::size_t i = 0; i < rules->get_array().size(); ++i) {
    const auto& rule = rules->get_array()[i].as_object();
    const auto at = "rules[" + std::to_string(i) + "].";
    const auto holds = [&](const char* member) {
      const auto* list = rule.if_contains(member);
      return list && list->is_array() && !list->get_array().empty();
    };
    if (!holds("verbs"))
      out.push_back(required(at + "verbs", "verbs must contain at least one value"));
    if (holds("nonResourceURLs")) {
      const auto urls = json::serialize(rule.at("nonResourceURLs"));
      if (what.namespaced)
        out.push_back(invalid_value(at + "nonResourceURLs", urls,
                                    "namespaced rules cannot apply to non-resource URLs"));
      if (holds("apiGroups") || holds("resources") || holds("resourceNames"))
        out.push_back(
            invalid_value(at + "nonResourceURLs", urls,
                          "rules cannot apply to both regular resources and non-resource URLs"));
      continue;
    }
    if (!holds("apiGroups"))
      out.push_back(
          required(at + "apiGroups", "resource rules must supply at least one api group"));
    if (!holds("resources"))
      out.push_back(required(at + "resources", "resource rules must supply at least one resource"));
  }
}

void check_secret(const json::object& object, std::vector<cause>& out) {
  check_keys(object, "data", out);
  check_size(object, "data", out);
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
  if (what.plural == "serviceaccounts")
    if (auto* list = object.if_contains("secrets"); list && list->is_array())
      for (auto& item : list->get_array()) // the server keeps no more of them
        item = json::object{{"name", text_at(item.as_object(), "name")}};
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
    check_doubled_keys(object, found);
    check_keys(object, "binaryData", found);
    check_size(object, "[]", found);
  } else if (what.plural == "leases") {
    check_lease(object, found);
  } else if (what.kind == "Role" || what.kind == "ClusterRole") {
    check_rules(what, object, found);
  }
  if (!found.empty())
    throw invalid(what.as_kind(text_at(object, "metadata.name")), found);
}

std::vector<cause> changes_refused(const resource& what, const json::object& before,
                                   const json::object& next) {
  std::vector<cause> found;
  const auto immutable = [&](const std::string& field, const json::value& value) {
    found.push_back(invalid_value(field,
                                  value.is_string() ? as_go_quotes(std::string{value.get_string()})
                                                    : json::serialize(value),
                                  "field is immutable"));
  };
  // A change is validated as such, and then its result: errors of both are reported, even if they
  // are the same.
  const auto& metadata = next.at("metadata").as_object();
  for (int times = 0; times < 2; ++times)
    check_new_finalizers(before.at("metadata").as_object(), metadata, found);
  for (int times = what.plural == "leases" ? 2 : 3; times > 0; --times)
    check_labels_and_notes(metadata, found);
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
