// Forms of an object in answers: whole, metadata only, as a table for kubectl.
#include <boost/json/array.hpp>

#include "tools/kubesim/state.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

/// An age in kubectl's format: two units where one would be coarse.
std::string short_time(std::int64_t seconds) {
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  const auto two = [&](std::int64_t big, const char* big_name, std::int64_t small,
                       const char* small_name) {
    auto out = std::to_string(seconds / big) + big_name;
    if (const auto rest = seconds % big / small; rest != 0)
      out += std::to_string(rest) + small_name;
    return out;
  };
  if (seconds < 2 * minute)
    return std::to_string(seconds) + "s";
  if (seconds < 10 * minute)
    return two(minute, "m", 1, "s");
  if (seconds < 3 * hour)
    return std::to_string(seconds / minute) + "m";
  if (seconds < 8 * hour)
    return two(hour, "h", minute, "m");
  if (seconds < 2 * day)
    return std::to_string(seconds / hour) + "h";
  if (seconds < 8 * day)
    return two(day, "d", hour, "h");
  return std::to_string(seconds / day) + "d";
}

std::string age(const json::object& object, wall_time now) {
  const auto made = parse_rfc3339(text_at(object, "metadata.creationTimestamp"));
  if (!made)
    return "<unknown>";
  return short_time(std::chrono::duration_cast<std::chrono::seconds>(now - *made).count());
}

std::size_t size_of(const json::object& object, const char* member) {
  const auto* value = object.if_contains(member);
  if (value && value->is_object())
    return value->get_object().size();
  return value && value->is_array() ? value->get_array().size() : 0;
}

struct column {
  const char* name;
  int priority = 0; ///< 1: only in a wide table.
  const char* kind = "string";
};

std::vector<column> columns_of(const resource& what) {
  if (what.kind == "Secret")
    return {{"Name"}, {"Type"}, {"Data"}, {"Age"}};
  if (what.kind == "ConfigMap")
    return {{"Name"}, {"Data"}, {"Age"}};
  if (what.kind == "Namespace")
    return {{"Name"}, {"Status"}, {"Age"}};
  if (what.kind == "Lease")
    return {{"Name"}, {"Holder"}, {"Age"}};
  if (what.kind == "Event")
    return {{"Last Seen"}, {"Type"},    {"Reason"},        {"Object"},   {"Subobject", 1},
            {"Source", 1}, {"Message"}, {"First Seen", 1}, {"Count", 1}, {"Name", 1}};
  if (what.kind == "Pod")
    return {{"Name"},
            {"Ready"},
            {"Status"},
            {"Restarts"},
            {"Age"},
            {"IP", 1},
            {"Node", 1},
            {"Nominated Node", 1},
            {"Readiness Gates", 1}};
  if (what.kind.ends_with("RoleBinding"))
    return {{"Name"}, {"Role"}, {"Age"}, {"Users", 1}, {"Groups", 1}, {"ServiceAccounts", 1}};
  if (what.kind == "Role" || what.kind == "ClusterRole")
    return {{"Name"}, {"Created At", 0, "date"}};
  return {{"Name"}, {"Age"}};
}

/// The subjects of a binding with the kind of that column.
std::string subjects_of(const json::object& object, const std::string& column) {
  std::string out;
  const auto* list = object.if_contains("subjects");
  if (!list || !list->is_array())
    return out;
  for (const auto& item : list->get_array()) {
    const auto& one = item.as_object();
    if (text_at(one, "kind") + "s" != column)
      continue;
    const auto ns = text_at(one, "namespace");
    out.append(out.empty() ? "" : ", ").append(ns).append(ns.empty() ? "" : "/");
    out.append(text_at(one, "name"));
  }
  return out;
}

json::value cell_of_event(const std::string& column, const json::object& object, wall_time now) {
  const auto since = [&](const char* member) {
    auto at = parse_rfc3339(text_at(object, member));
    if (!at)
      at = parse_rfc3339(text_at(object, "eventTime"));
    return at ? short_time(std::chrono::duration_cast<std::chrono::seconds>(now - *at).count())
              : std::string{"<unknown>"};
  };
  if (column == "Last Seen")
    return json::value(since("lastTimestamp"));
  if (column == "First Seen")
    return json::value(since("firstTimestamp"));
  if (column == "Object")
    return json::value(simkit::lower(text_at(object, "involvedObject.kind")) + "/" +
                       text_at(object, "involvedObject.name"));
  if (column == "Subobject")
    return json::value(text_at(object, "involvedObject.fieldPath"));
  if (column == "Source") {
    const auto component = text_at(object, "source.component");
    const auto host = text_at(object, "source.host");
    if (component.empty())
      return json::value(text_at(object, "reportingComponent"));
    return json::value(component + (host.empty() ? "" : ", " + host));
  }
  const auto* count = object.if_contains("count");
  return count ? *count : json::value(1);
}

json::value cell_of_pod(const std::string& column, const json::object& object) {
  if (column == "Ready") {
    const auto* spec = object.if_contains("spec");
    return json::value("0/" + std::to_string(spec ? size_of(spec->as_object(), "containers") : 0));
  }
  if (column == "Restarts")
    return json::value("0");
  if (column == "Node" && !text_at(object, "spec.nodeName").empty())
    return json::value(text_at(object, "spec.nodeName"));
  return json::value("<none>");
}

json::value cell(const resource& what, const std::string& column, const json::object& object,
                 wall_time now) {
  if (column == "Name")
    return json::value(text_at(object, "metadata.name"));
  if (column == "Age")
    return json::value(age(object, now));
  if (column == "Type")
    return json::value(text_at(object, "type"));
  if (column == "Data")
    return size_of(object, "data") + size_of(object, "binaryData");
  if (column == "Status")
    return json::value(text_at(object, "status.phase"));
  if (column == "Holder")
    return json::value(text_at(object, "spec.holderIdentity"));
  if (column == "Reason")
    return json::value(text_at(object, "reason"));
  if (column == "Message")
    return json::value(text_at(object, "message"));
  if (column == "Role")
    return json::value(text_at(object, "roleRef.kind") + "/" + text_at(object, "roleRef.name"));
  if (column == "Created At")
    return json::value(text_at(object, "metadata.creationTimestamp"));
  if (what.kind == "Event")
    return cell_of_event(column, object, now);
  if (what.kind == "Pod")
    return cell_of_pod(column, object);
  return json::value(subjects_of(object, column));
}

} // namespace

form form_of(std::string_view accept) {
  // The first supported one; "as" precedes a plain application/json in clients that want it.
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
  for (const auto& [name, priority, kind] : columns)
    definitions.push_back(json::object{{"name", name},
                                       {"type", kind},
                                       {"format", std::string_view{name} == "Name" ? "name" : ""},
                                       {"description", ""},
                                       {"priority", priority}});
  json::array rows;
  for (const auto& item : items) {
    json::array cells;
    for (const auto& column : columns)
      cells.push_back(cell(what, column.name, *item, now));
    rows.push_back(json::object{{"cells", std::move(cells)}, {"object", as_metadata(*item)}});
  }
  json::object out{
      {"kind", "Table"}, {"apiVersion", "meta.k8s.io/v1"}, {"metadata", json::object{}}};
  out["columnDefinitions"] = with_columns ? json::value(std::move(definitions)) : json::value{};
  if (rows.empty() && (what.kind == "Role" || what.kind == "ClusterRole"))
    out["rows"] = nullptr; // these have no printer of their own
  else
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
