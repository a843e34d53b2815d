// Discovery: the resources that clients can ask for.
#include <set>

#include <boost/json/array.hpp>

#include "tools/kubesim/state.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

json::array verbs_of(const resource& what) {
  if (what.create_only)
    return {"create"};
  return {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"};
}

json::object group_document(const std::string& name) {
  const json::object version{{"groupVersion", name + "/v1"}, {"version", "v1"}};
  return {{"name", name}, {"versions", json::array{version}}, {"preferredVersion", version}};
}

json::object resource_list(const std::string& group) {
  json::array list;
  for (const auto& item : resources()) {
    if (item.group != group)
      continue;
    json::object made{{"name", item.plural},
                      {"singularName", item.singular},
                      {"namespaced", item.namespaced},
                      {"kind", item.kind},
                      {"verbs", verbs_of(item)}};
    if (!item.short_names.empty()) {
      auto& names = made["shortNames"].emplace_array();
      for (const auto& name : item.short_names)
        names.emplace_back(name);
    }
    list.push_back(std::move(made));
    if (item.plural == "serviceaccounts")
      list.push_back(json::object{{"name", "serviceaccounts/token"},
                                  {"singularName", ""},
                                  {"namespaced", true},
                                  {"group", "authentication.k8s.io"},
                                  {"version", "v1"},
                                  {"kind", "TokenRequest"},
                                  {"verbs", json::array{"create"}}});
  }
  return {{"kind", "APIResourceList"},
          {"apiVersion", "v1"},
          {"groupVersion", group.empty() ? "v1" : group + "/v1"},
          {"resources", std::move(list)}};
}

std::set<std::string> groups() {
  std::set<std::string> out;
  for (const auto& item : resources())
    if (!item.group.empty())
      out.insert(item.group);
  return out;
}

std::string base_of(const std::string& group) {
  return group.empty() ? "api/v1" : "apis/" + group + "/v1";
}

/// No schemas: only that patches can be validated, which kubectl checks before it applies anything.
json::object open_api(const std::string& group) {
  json::object paths;
  for (const auto& item : resources()) {
    if (item.group != group || item.create_only)
      continue;
    const auto path = "/" + base_of(group) + (item.namespaced ? "/namespaces/{namespace}/" : "/") +
                      item.plural + "/{name}";
    paths[path] = {{"patch",
                    {{"parameters", json::array{json::object{{"name", "fieldValidation"},
                                                             {"in", "query"},
                                                             {"schema", {{"type", "string"}}}}}},
                     {"responses", json::object{}},
                     {"x-kubernetes-group-version-kind",
                      {{"group", group}, {"version", item.version}, {"kind", item.kind}}}}}};
  }
  return {{"openapi", "3.0.0"},
          {"info", {{"title", "kubesim"}, {"version", "v1.36.3"}}},
          {"paths", std::move(paths)}};
}

std::optional<json::value> find_open_api(const std::string& path,
                                         const std::set<std::string>& names) {
  json::object all;
  for (const auto& name : names) {
    const auto own = "/openapi/v3/" + base_of(name);
    if (path == own)
      return open_api(name);
    all[base_of(name)] = {{"serverRelativeURL", own}};
  }
  if (path == "/openapi/v3")
    return json::object{{"paths", std::move(all)}};
  return std::nullopt;
}

} // namespace

std::optional<json::value> discover(const std::string& path, std::string_view host) {
  if (path == "/version" || path == "/version/")
    return json::object{{"major", "1"},
                        {"minor", "36"},
                        {"gitVersion", "v1.36.3"},
                        {"gitCommit", "simulated"},
                        {"gitTreeState", "clean"},
                        {"buildDate", "1970-01-01T00:00:00Z"},
                        {"goVersion", "none"},
                        {"compiler", "none"},
                        {"platform", "simulated"}};
  if (path.starts_with("/openapi/")) {
    auto names = groups();
    names.insert("");
    return find_open_api(path, names);
  }
  if (path == "/api" || path == "/api/")
    return json::object{
        {"kind", "APIVersions"},
        {"versions", json::array{"v1"}},
        {"serverAddressByClientCIDRs",
         json::array{json::object{{"clientCIDR", "0.0.0.0/0"}, {"serverAddress", host}}}}};
  if (path == "/api/v1")
    return resource_list({});
  if (path == "/apis" || path == "/apis/") {
    json::array list;
    for (const auto& name : groups())
      list.push_back(group_document(name));
    return json::object{
        {"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(list)}};
  }
  for (const auto& name : groups()) {
    if (path == "/apis/" + name) {
      auto out = group_document(name);
      out["kind"] = "APIGroup";
      out["apiVersion"] = "v1";
      return out;
    }
    if (path == "/apis/" + name + "/v1")
      return resource_list(name);
  }
  return std::nullopt;
}

} // namespace acr::kubesim
