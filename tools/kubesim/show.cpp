// Forms in which an object is answered: whole, metadata only, as a table for kubectl.
#include <boost/json/array.hpp>

#include "tools/kubesim/state.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

std::string age(const json::object& object, wall_time now) {
  const auto made = parse_rfc3339(text_at(object, "metadata.creationTimestamp"));
  if (!made)
    return "<unknown>";
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *made).count();
  if (seconds < 120)
    return std::to_string(seconds) + "s";
  if (seconds < 7200)
    return std::to_string(seconds / 60) + "m";
  if (seconds < 172800)
    return std::to_string(seconds / 3600) + "h";
  return std::to_string(seconds / 86400) + "d";
}

std::size_t size_of(const json::object& object, const char* member) {
  const auto* value = object.if_contains(member);
  if (value && value->is_object())
    return value->get_object().size();
  return value && value->is_array() ? value->get_array().size() : 0;
}

struct column {
  const char* name;
  const char* kind;
};

std::vector<column> columns_of(const resource& what) {
  if (what.kind == "Secret")
    return {{"Name", "string"}, {"Type", "string"}, {"Data", "string"}, {"Age", "string"}};
  if (what.kind == "ConfigMap")
    return {{"Name", "string"}, {"Data", "string"}, {"Age", "string"}};
  if (what.kind == "Namespace")
    return {{"Name", "string"}, {"Status", "string"}, {"Age", "string"}};
  if (what.kind == "ServiceAccount")
    return {{"Name", "string"}, {"Secrets", "string"}, {"Age", "string"}};
  if (what.kind == "Lease")
    return {{"Name", "string"}, {"Holder", "string"}, {"Age", "string"}};
  if (what.kind == "Event")
    return {{"Last Seen", "string"}, {"Type", "string"},    {"Reason", "string"},
            {"Object", "string"},    {"Message", "string"}, {"Name", "string"}};
  if (what.kind.ends_with("RoleBinding"))
    return {{"Name", "string"}, {"Role", "string"}, {"Age", "string"}};
  if (what.kind == "Role" || what.kind == "ClusterRole")
    return {{"Name", "string"}, {"Created At", "date"}};
  return {{"Name", "string"}, {"Age", "string"}};
}

json::value cell(const std::string& column, const json::object& object, wall_time now) {
  if (column == "Name")
    return json::value(text_at(object, "metadata.name"));
  if (column == "Age" || column == "Last Seen")
    return json::value(age(object, now));
  if (column == "Type")
    return json::value(text_at(object, "type"));
  if (column == "Data")
    return size_of(object, "data") + size_of(object, "binaryData");
  if (column == "Secrets")
    return size_of(object, "secrets");
  if (column == "Status")
    return json::value(text_at(object, "status.phase"));
  if (column == "Holder")
    return json::value(text_at(object, "spec.holderIdentity"));
  if (column == "Reason")
    return json::value(text_at(object, "reason"));
  if (column == "Message")
    return json::value(text_at(object, "message"));
  if (column == "Object")
    return json::value(text_at(object, "involvedObject.kind") + "/" +
                       text_at(object, "involvedObject.name"));
  if (column == "Role")
    return json::value(text_at(object, "roleRef.kind") + "/" + text_at(object, "roleRef.name"));
  return json::value(text_at(object, "metadata.creationTimestamp"));
}

} // namespace

form form_of(std::string_view accept) {
  // The first one that we know; "as" comes before a plain application/json in clients that want it.
  if (accept.find("as=Table") < accept.find("as=Partial"))
    return form::table;
  if (accept.find("as=Partial") != std::string_view::npos)
    return form::metadata;
  return form::whole;
}

json::object as_metadata(const json::object& object) {
  return {{"kind", "PartialObjectMetadata"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", object.at("metadata")}};
}

json::object as_view(const resource& what, const json::object& stored) {
  return what.stored_as.empty() ? stored : to_new_event(stored);
}

json::object as_table(const resource& what, const std::vector<object_ptr>& items, wall_time now,
                      bool with_columns) {
  const auto columns = columns_of(what);
  json::array definitions;
  for (const auto& [name, kind] : columns)
    definitions.push_back(json::object{{"name", name},
                                       {"type", kind},
                                       {"format", std::string_view{name} == "Name" ? "name" : ""},
                                       {"description", ""},
                                       {"priority", 0}});
  json::array rows;
  for (const auto& item : items) {
    json::array cells;
    for (const auto& [name, kind] : columns)
      cells.push_back(cell(name, *item, now));
    rows.push_back(json::object{{"cells", std::move(cells)}, {"object", as_metadata(*item)}});
  }
  json::object out{
      {"kind", "Table"}, {"apiVersion", "meta.k8s.io/v1"}, {"metadata", json::object{}}};
  out["columnDefinitions"] = with_columns ? json::value(std::move(definitions)) : json::value{};
  out["rows"] = std::move(rows);
  return out;
}

response cluster::state::show(const call& about, int status, const json::object& object) const {
  switch (form_of(about.header("Accept"))) {
  case form::metadata:
    return reply(status, as_metadata(object), &about);
  case form::table: {
    auto table = as_table(*about.what, {std::make_shared<const json::object>(object)}, about.now);
    table["metadata"] = {{"resourceVersion", text_at(object, "metadata.resourceVersion")}};
    return reply(status, table, &about);
  }
  case form::whole:
    break;
  }
  return reply(status, as_view(*about.what, object), &about);
}

} // namespace acr::kubesim
