#include "tools/kubesim/written.hpp"

#include <utility>
#include <vector>

#include "tools/kubesim/validation.hpp"

namespace acr::kubesim {

namespace json = boost::json;

json::object& metadata_of(json::object& object) {
  auto& value = object["metadata"];
  if (!value.is_object())
    value.emplace_object();
  return value.get_object();
}

std::string media_type(std::string_view header) {
  auto type = header.substr(0, header.find(';'));
  while (type.ends_with(' '))
    type.remove_suffix(1);
  return simkit::lower(type);
}

bool is_yaml(std::string_view type) { return type.ends_with("yaml"); }

std::string cannot_be(const resource& what, const std::string& why) {
  return what.kind + " in version " + as_go_quotes(what.version) + " cannot be handled as a " +
         what.kind + ": " + why;
}

namespace {

/// The package of the server's own types, as its messages show it.
std::string package_of(const resource& what) {
  if (what.group.empty() || what.group == "events.k8s.io")
    return "core";
  return what.group.substr(0, what.group.find('.'));
}

} // namespace

std::string cannot_become(const std::string& kind, const resource& what) {
  return "converting (v1." + kind + ") to (" + package_of(what) + "." + what.kind +
         "): unknown conversion";
}

json::array managed_of(const json::object& object) {
  const auto* metadata = object.if_contains("metadata");
  const auto* list = metadata ? metadata->get_object().if_contains("managedFields") : nullptr;
  return list && list->is_array() ? list->get_array() : json::array{};
}

void set_managed(json::object& object, json::array list) {
  auto& metadata = metadata_of(object);
  if (list.empty())
    metadata.erase("managedFields");
  else
    metadata["managedFields"] = std::move(list);
}

json::object read_object(const call& about, const json::object& from, bool from_patch) {
  const auto& what = *about.what;
  std::vector<std::string> unknown;
  json::object out;
  out = read_as(*what.is, from, &unknown);
  if (!unknown.empty() && about.param("fieldValidation") == "Strict") {
    std::string all;
    for (const auto& item : unknown)
      all += (all.empty() ? "unknown field " : ", unknown field ") + as_go_quotes(item);
    if (media_type(about.header("Content-Type")).starts_with("application/strategic"))
      throw unreadable{"strict decoding error: " + all, true};
    throw bad_request(from_patch ? "strict decoding error: " + all
                                 : cannot_be(what, "strict decoding error: " + all));
  }
  out["kind"] = what.kind;
  out["apiVersion"] = what.api_version();
  if (!what.stored_as.empty())
    out = read_as(what.stored_form(), from_new_event(out));
  fill_in(what, out);
  return out;
}

void check_place(const call& about, json::object& object, bool with_name) {
  auto& metadata = metadata_of(object);
  const auto name = text_at(metadata, "name");
  const auto ns = text_at(metadata, "namespace");
  const bool nameless = with_name && name.empty();
  if (nameless && about.verb == "update")
    throw invalid(about.what->as_kind(about.name),
                  {required("metadata.name", "name must be provided")});
  if (about.what->namespaced && !ns.empty() && ns != about.ns)
    throw bad_request("the namespace of the provided object does not match the namespace sent on "
                      "the request");
  if (nameless && about.verb == "patch")
    throw bad_request("the name of the object (" + about.name +
                      " based on URL) was undeterminable: name must be provided");
  if (with_name && name != about.name)
    throw bad_request("the name of the object (" + name + ") does not match the name on the URL (" +
                      about.name + ")");
  if (about.what->namespaced)
    metadata["namespace"] = about.ns;
}

} // namespace acr::kubesim
