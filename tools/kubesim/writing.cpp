// Writing: create and update, and the last steps that patches and applies share with them.
#include <algorithm>

#include <boost/json/array.hpp>

#include "tools/kubesim/patch.hpp"
#include "tools/kubesim/state.hpp"
#include "tools/kubesim/validation.hpp"
#include "tools/kubesim/written.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

/// Whether two objects have the same members with the same values; one member, which may be
/// missing, is compared by `same`.
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

refusal other_uid(const call& about, const std::string& wanted, const std::string& is) {
  return conflict(about.what->about(about.name),
                  "StorageError: invalid object, Code: 4, Key: " +
                      std::string{about.dry_run() ? "/" : "/registry/"} + about.what->plural + "/" +
                      about.key() +
                      ", ResourceVersion: 0, AdditionalErrorMsg: Precondition "
                      "failed: UID in precondition: " +
                      wanted + ", UID in object meta: " + is);
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

void cluster::state::call_webhook(const admitted& what, json::object& object) const {
  if (!options.webhook || what.resource != "serviceaccounts")
    return;
  const auto patch = options.webhook(what, object);
  if (!patch)
    return;
  auto changed = apply_json_patch(object, *patch);
  if (auto* list = changed.as_object().if_contains("imagePullSecrets"))
    object["imagePullSecrets"] = std::move(*list);
}

outcome cluster::state::create(const call& about) { return create_object(about, read_body(about)); }

/// From here on a creation by POST, by PUT and by server-side apply are the same.
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
  admission.change(about.writing("create", name), object);
  call_webhook(about.writing("create", name), object);
  validate(what, object);
  if (about.verb != "create")
    authorize(about, "create");
  admission.validate(about.writing("create", name), what.about(name));
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
                          as_go_quotes(text_at(spec, "serviceAccountName")) + " not found");
    if (const auto* list = account->if_contains("imagePullSecrets");
        list && !spec.contains("imagePullSecrets"))
      spec["imagePullSecrets"] = *list;
    object["status"] = {{"phase", "Pending"}};
  }
  if (!about.dry_run())
    metadata["resourceVersion"] = "0"; // keeps its place among the members; set by the store
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

/// `managed`: the result of server-side apply; nothing: a plain write, which is compared.
outcome cluster::state::finish_update(const call& about, const object_ptr& before,
                                      json::object next, std::optional<json::array> managed) {
  const auto& what = *about.what;
  auto& metadata = metadata_of(next);
  const auto& old = before->at("metadata").as_object();
  const auto version = text_at(metadata, "resourceVersion");
  if (version.find_first_not_of("0123456789") != std::string::npos)
    throw internal("strconv.ParseUint: parsing " + as_go_quotes(version) + ": invalid syntax");
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
  // After managed fields are computed: changes by admission have no manager.
  admission.change(about.writing("update", about.name), next);
  call_webhook(about.writing("update", about.name), next);
  next = read_as(what.stored_form(), next);
  validate(what, next, changes_refused(what, *before, next));
  admission.validate(about.writing("update", about.name), what.about(about.name));

  forget_empty_lists(what.stored_form(), next);
  // A change of times only is none.
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
  if (leaves) { // the change is not written: watches see the previous object deleted
    objects.remove(what.storage(), about.key());
    return {show(about, 200, next), nullptr};
  }
  const auto made = objects.put(what.storage(), about.key(), std::move(next));
  return {show(about, 200, *made), nullptr};
}

} // namespace acr::kubesim
