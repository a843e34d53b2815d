// Writing: create, update, patch, server-side apply, delete.
#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tools/kubesim/patch.hpp"
#include "tools/kubesim/state.hpp"
#include "tools/kubesim/validation.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

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
  return what.kind + " in version " + quoted(what.version) + " cannot be handled as a " +
         what.kind + ": " + why;
}

/// The package of the server's own types, which its messages show.
std::string package_of(const resource& what) {
  if (what.group.empty() || what.group == "events.k8s.io")
    return "core";
  return what.group.substr(0, what.group.find('.'));
}

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

/// Whether two objects have the same members with the same values; one of them is left to `same`,
/// and may be missing.
template <class Same>
bool same_but_for(const json::object& a, const json::object& b, std::string_view member,
                  Same same) {
  const auto* in_a = a.if_contains(member);
  const auto* in_b = b.if_contains(member);
  if (a.size() - (in_a ? 1 : 0) != b.size() - (in_b ? 1 : 0) ||
      (in_a && in_b && !same(*in_a, *in_b)))
    return false;
  return std::all_of(a.begin(), a.end(), [&](const auto& item) {
    const auto* other = item.key() == member ? &item.value() : b.if_contains(item.key());
    return other && (item.key() == member || *other == item.value());
  });
}

/// An object of the stored kind, read and filled in; unknown members matter only in strict mode.
json::object read_object(const call& about, const json::object& from, bool from_patch) {
  const auto& what = *about.what;
  std::vector<std::string> unknown;
  json::object out;
  out = read_as(*what.is, from, &unknown);
  if (!unknown.empty() && about.param("fieldValidation") == "Strict") {
    std::string all;
    for (const auto& item : unknown)
      all += (all.empty() ? "unknown field " : ", unknown field ") + quoted(item);
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

refusal other_uid(const call& about, const std::string& wanted, const std::string& is) {
  return conflict(about.what->about(about.name),
                  "StorageError: invalid object, Code: 4, Key: " +
                      std::string{about.dry_run() ? "/" : "/registry/"} + about.what->plural + "/" +
                      about.key() +
                      ", ResourceVersion: 0, AdditionalErrorMsg: Precondition "
                      "failed: UID in precondition: " +
                      wanted + ", UID in object meta: " + is);
}

/// What says so when fields are converted one by one.
const char* by_conversion(const unreadable& problem) {
  return problem.by_time ? "" : "error decoding from json: ";
}

/// A patch may not make another kind of it.
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
    read_as(structure_of(kind), changed); // it is read as what it says first
  if (!known)
    throw unreadable{"no kind " + quoted(kind) + " is registered for version " + quoted(version) +
                     " in scheme \"pkg/runtime/scheme.go:111\""};
  throw unreadable{cannot_become(kind, what)};
}

} // namespace

json::object cluster::state::body_of(const call& about, const resource& as) {
  const auto type = media_type(about.header("Content-Type"));
  if (!type.empty() && type != "application/json" && !is_yaml(type))
    throw refusal{415, "UnsupportedMediaType",
                  "the body of the request was in an unknown format - accepted media types "
                  "include: application/json, application/yaml, "
                  "application/vnd.kubernetes.protobuf"}
        .with_details();
  const auto value = read_document(about.from->body, is_yaml(type));
  if (!value.is_object())
    throw bad_request("the object provided is unrecognized (must be of type " + as.kind +
                      "): couldn't get version/kind; json parse error");
  const auto kind = text_at(value.get_object(), "kind");
  if (!kind.empty() && kind != as.kind)
    throw bad_request(kind + " in version \"v1\" cannot be handled as a " + as.kind + ": " +
                      cannot_become(kind, as));
  const auto version = text_at(value.get_object(), "apiVersion");
  if (!version.empty() && version != as.api_version() && !kind.empty() &&
      as.kind != "DeleteOptions")
    throw bad_request("the API version in the data (" + version +
                      ") does not match the expected API version (" + as.api_version() + ")");
  return value.get_object();
}

json::object cluster::state::read_body(const call& about) {
  const auto& what = *about.what;
  json::object object;
  try {
    object = read_object(about, body_of(about, what), false);
  } catch (const unreadable& problem) {
    throw bad_request(cannot_be(what, problem.message));
  }
  check_place(about, object, false);
  set_managed(object, {});
  const auto empty = read_as(what.stored_form(), {});
  set_managed(object, managed_after_update(*what.is, empty, object, about.by(), about.now));
  return object;
}

outcome cluster::state::create(const call& about) { return create_object(about, read_body(about)); }

/// From here a creation by POST, by PUT and by server-side apply are the same.
outcome cluster::state::create_object(const call& about, json::object object) {
  const auto& what = *about.what;
  auto& metadata = metadata_of(object);
  if (text_at(metadata, "name").empty() && !text_at(metadata, "generateName").empty()) {
    constexpr std::string_view letters = "bcdfghjklmnpqrstvwxz2456789";
    auto name = text_at(metadata, "generateName");
    for (int i = 0; i < 5; ++i)
      name += letters[random() % letters.size()];
    metadata["name"] = name;
    fill_in(what, object);
  }
  const auto name = text_at(metadata, "name");
  const auto ns = what.namespaced ? about.ns : std::string{};
  if (!ns.empty()) {
    const auto home = objects.find("/namespaces", ns);
    if (!home)
      throw not_found({"", "namespaces", ns});
    if (text_at(*home, "status.phase") == "Terminating")
      throw forbidden(what.about(name), "unable to create new content in namespace " + ns +
                                            " because it is being terminated")
          .because({{"NamespaceTerminating", "namespace " + ns + " is being terminated",
                     "metadata.namespace"}});
  }
  validate(what, object);
  if (about.verb != "create")
    authorize(about, "create");
  const auto key = ns.empty() ? name : ns + "/" + name;
  if (const auto old = objects.find(what.storage(), key))
    throw already_exists(what.about(name),
                         old->at("metadata").as_object().contains("deletionTimestamp"));
  if (!text_at(metadata, "resourceVersion").empty() && about.verb == "create")
    throw internal("resourceVersion should not be set on objects to be created");
  metadata["uid"] = new_uid();
  metadata["creationTimestamp"] = to_rfc3339(about.now);
  for (const char* gone : {"deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"})
    metadata.erase(gone);
  if (what.plural == "namespaces") {
    object["spec"] = {{"finalizers", json::array{"kubernetes"}}};
    object["status"] = {{"phase", "Active"}};
  }
  if (what.plural == "pods") {
    auto& spec = object["spec"].as_object();
    if (text_at(spec, "serviceAccountName").empty())
      spec["serviceAccountName"] = "default";
    const auto account =
        objects.find("/serviceaccounts", ns + "/" + text_at(spec, "serviceAccountName"));
    if (!account)
      throw forbidden(what.about(name),
                      "error looking up service account " + ns + "/" +
                          text_at(spec, "serviceAccountName") + ": serviceaccount " +
                          quoted(text_at(spec, "serviceAccountName")) + " not found");
    if (const auto* list = account->if_contains("imagePullSecrets");
        list && !spec.contains("imagePullSecrets"))
      spec["imagePullSecrets"] = *list;
    object["status"] = {{"phase", "Pending"}};
  }
  if (!about.dry_run())
    metadata["resourceVersion"] = "0"; // its place among the others; the store fills it in
  object = read_as(what.stored_form(), object);
  forget_empty_lists(what.stored_form(), object);
  if (about.dry_run())
    return {show(about, 201, object), nullptr};
  const auto made = objects.put(what.storage(), key, std::move(object));
  if (what.plural == "namespaces")
    schedule(about.now + options.controller_delay, name);
  return {show(about, 201, *made), nullptr};
}

outcome cluster::state::update(const call& about) {
  const auto& what = *about.what;
  json::object object;
  try {
    object = read_object(about, body_of(about, what), false);
  } catch (const unreadable& problem) {
    throw bad_request(cannot_be(what, problem.message));
  }
  check_place(about, object, true);
  const auto before = objects.find(what.storage(), about.key());
  if (before)
    return finish_update(about, before, std::move(object), std::nullopt);
  if (!what.created_by_update)
    throw not_found(what.about(about.name));
  if (const auto uid = text_at(object, "metadata.uid"); !uid.empty())
    throw other_uid(about, uid, {});
  set_managed(object, {});
  const auto empty = read_as(what.stored_form(), {});
  set_managed(object, managed_after_update(*what.is, empty, object, about.by(), about.now));
  return create_object(about, std::move(object));
}

/// `managed`: what server-side apply says; nothing: a plain write, which is compared.
outcome cluster::state::finish_update(const call& about, const object_ptr& before,
                                      json::object next, std::optional<json::array> managed) {
  const auto& what = *about.what;
  auto& metadata = metadata_of(next);
  const auto& old = before->at("metadata").as_object();
  const auto version = text_at(metadata, "resourceVersion");
  if (version.find_first_not_of("0123456789") != std::string::npos)
    throw internal("strconv.ParseUint: parsing " + quoted(version) + ": invalid syntax");
  if (const auto uid = text_at(metadata, "uid"); !uid.empty() && uid != text_at(old, "uid"))
    throw other_uid(about, uid, text_at(old, "uid"));
  if (!version.empty() && version != "0" && version != text_at(old, "resourceVersion"))
    throw modified(what.about(about.name));
  if (version.empty() && what.plural == "leases")
    throw invalid(what.about(about.name), {invalid_value("metadata.resourceVersion", "0",
                                                         "must be specified for an "
                                                         "update")});
  for (const char* kept : {"uid", "creationTimestamp", "deletionTimestamp",
                           "deletionGracePeriodSeconds", "resourceVersion", "generateName"}) {
    const auto* value = old.if_contains(kept);
    const bool fresh = metadata.contains(kept) && std::string_view{kept} == "creationTimestamp";
    if (value && !fresh)
      metadata[kept] = *value;
    else if (!value)
      metadata.erase(kept);
  }
  if (what.plural == "namespaces") {
    next["status"] = before->at("status");
    next["spec"] = before->at("spec");
  }
  if (what.plural == "pods")
    next["status"] = before->at("status");
  if (managed) {
    set_managed(next, *managed);
  } else {
    const auto* given = metadata.if_contains("managedFields");
    const bool reset = given && given->is_array() && given->get_array().size() == 1 &&
                       given->get_array()[0].is_object() &&
                       given->get_array()[0].get_object().empty();
    auto base = *before;
    if (reset)
      set_managed(base, {});
    set_managed(next, managed_after_update(*what.is, base, next, about.by(), about.now));
  }
  next = read_as(what.stored_form(), next);
  validate(what, next, changes_refused(what, *before, next));

  forget_empty_lists(what.stored_form(), next);
  // Times alone are no change.
  if (same_but_for(next, *before, "metadata",
                   [](const json::value& a, const json::value& b) {
                     return same_but_for(a.get_object(), b.get_object(), "managedFields",
                                         [](const auto&, const auto&) { return true; });
                   }) &&
      same_managed(managed_of(next), managed_of(*before)))
    return {show(about, 200, *before), nullptr};
  if (about.dry_run())
    return {show(about, 200, next), nullptr};
  const auto* finalizers = metadata_of(next).if_contains("finalizers");
  const bool leaves =
      metadata_of(next).contains("deletionTimestamp") && !finalizers && what.plural != "namespaces";
  if (leaves) { // the change is not written: watches see the object go as it was
    objects.remove(what.storage(), about.key());
    return {show(about, 200, next), nullptr};
  }
  const auto made = objects.put(what.storage(), about.key(), std::move(next));
  return {show(about, 200, *made), nullptr};
}

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
    const auto text = quoted(strategic ? as_go_prints(document) : json::serialize(changed));
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
