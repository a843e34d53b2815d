// Changing existing objects: patches, and server-side apply.
#include <algorithm>

#include <boost/json/serialize.hpp>

#include "tools/kubesim/patch.hpp"
#include "tools/kubesim/state.hpp"
#include "tools/kubesim/written.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

/// The source of the message when fields are converted one by one.
const char* by_conversion(const unreadable& problem) {
  return problem.by_time ? "" : "error decoding from json: ";
}

/// A patch must not change the kind.
void check_kind(const resource& what, const json::object& changed) {
  const auto kind = text_at(changed, "kind");
  const auto version = text_at(changed, "apiVersion");
  if (kind.empty() || (kind == what.kind && version == what.api_version()))
    return;
  const auto& all = resources();
  const bool known = std::any_of(all.begin(), all.end(), [&](const resource& item) {
    return item.kind == kind && item.api_version() == version;
  });
  if (known)
    read_as(structure_of(kind), changed); // it is first read as the kind that it names
  if (!known)
    throw unreadable{"no kind " + as_go_quotes(kind) + " is registered for version " +
                     as_go_quotes(version) + " in scheme \"pkg/runtime/scheme.go:111\""};
  throw unreadable{cannot_become(kind, what)};
}

} // namespace

outcome cluster::state::patch(const call& about) {
  const auto& what = *about.what;
  const auto type = media_type(about.header("Content-Type"));
  const bool applying = type.starts_with("application/apply-patch");
  const bool known = type == "application/json-patch+json" ||
                     type == "application/merge-patch+json" ||
                     type == "application/strategic-merge-patch+json" || applying;
  if (!known)
    throw refusal{415, "UnsupportedMediaType", "415: Unsupported Media Type"}.with_details();
  const auto document = read_document(about.from->body, is_yaml(type));
  if (applying) {
    if (!document.is_object())
      throw bad_request("error decoding YAML: not an object");
    return apply(about, document.get_object());
  }
  const auto before = objects.find(what.storage(), about.key());
  if (!before)
    throw not_found(what.about(about.name));
  json::value changed = as_view(what, *before);
  if (type == "application/json-patch+json") {
    changed = apply_json_patch(std::move(changed), document);
  } else {
    if (!document.is_object())
      throw bad_request("error decoding patch: json: cannot unmarshal into Go value of type "
                        "map[string]interface {}");
    if (type == "application/merge-patch+json")
      apply_merge_patch(changed, document);
    else
      apply_strategic_patch(*what.is, changed.as_object(), document.get_object());
  }
  json::object next;
  try {
    if (!changed.is_object())
      throw unreadable{"json: cannot unmarshal into Go value"};
    check_kind(what, changed.get_object());
    next = read_object(about, changed.get_object(), true);
  } catch (const unreadable& problem) {
    const bool strategic = type.starts_with("application/strategic");
    const auto text = as_go_quotes(strategic ? as_go_prints(document) : json::serialize(changed));
    const auto why = text + ": " + (strategic ? by_conversion(problem) : "") + problem.message;
    throw refusal{422, "Invalid", " \"\" is invalid: patch: Invalid value: " + why}.because(
        {{"FieldValueInvalid", "Invalid value: " + why, "patch"}});
  }
  check_place(about, next, true);
  return finish_update(about, before, std::move(next), std::nullopt);
}

outcome cluster::state::apply(const call& about, const json::object& config) {
  const auto& what = *about.what;
  if (about.param("fieldManager").empty()) {
    const cause missing = required("fieldManager", "is required for apply patch");
    throw invalid({"meta.k8s.io", "PatchOptions", {}}, {missing});
  }
  const auto version = text_at(config, "apiVersion");
  const auto kind = text_at(config, "kind");
  if (version != what.api_version() || kind != what.kind) {
    const auto slash = version.find('/');
    const auto group = slash == std::string::npos ? std::string{} : version.substr(0, slash);
    throw bad_request("invalid object type: " + group + "/" +
                      (slash == std::string::npos ? version : version.substr(slash + 1)) +
                      ", Kind=" + kind);
  }
  const auto full = (what.group.empty() ? "/" : "") + version + ", Kind=" + kind;
  if (const auto unknown = undeclared(*what.is, config); !unknown.empty())
    throw internal("failed to create typed patch object (" + text_at(config, "metadata.namespace") +
                   "/" + text_at(config, "metadata.name") + "; " + full + "): " + unknown[0] +
                   ": field not declared in schema");
  if (const auto* metadata = config.if_contains("metadata");
      metadata && metadata->is_object() && metadata->get_object().contains("managedFields"))
    throw bad_request("metadata.managedFields must be nil");
  const auto before = objects.find(what.storage(), about.key());
  const auto uid = text_at(config, "metadata.uid");
  if (!before && !uid.empty())
    throw conflict(what.about(about.name), "uid mismatch: the provided object specified uid " +
                                               uid + ", and no existing object was found");
  json::object start;
  if (!before)
    start = {{"kind", what.kind}, {"apiVersion", what.api_version()}, {"metadata", json::object{}}};
  auto done = apply_config(*what.is, before ? *before : start, config, about.by(),
                           about.param("force") == "true", about.now);
  json::object next;
  try {
    next = read_object(about, done.object, true);
  } catch (const unreadable& problem) {
    throw internal("failed to convert new object (" + text_at(config, "metadata.namespace") + "/" +
                   text_at(config, "metadata.name") + "; " + full +
                   ") to proper version: unable to convert unstructured object to " + full + ": " +
                   by_conversion(problem) + problem.message);
  }
  check_place(about, next, true);
  metadata_of(next)["name"] = about.name;
  if (before)
    return finish_update(about, before, std::move(next), std::move(done.managed));
  set_managed(next, std::move(done.managed));
  return create_object(about, std::move(next));
}

} // namespace acr::kubesim
