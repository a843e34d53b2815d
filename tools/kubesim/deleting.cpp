// Deleting one object or a whole collection, and creating a token.
#include <boost/json/array.hpp>

#include "tools/kubesim/state.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

const resource& delete_options() {
  static const auto made = [] {
    resource out;
    out.kind = "DeleteOptions";
    out.is = &structure_of("DeleteOptions");
    return out;
  }();
  return made;
}

bool dry(const json::object& wish) {
  const auto* list = wish.if_contains("dryRun");
  return list && list->is_array() && !list->get_array().empty();
}

} // namespace

object_ptr cluster::state::delete_object(const resource& what, const std::string& key,
                                         const json::object& wish, const call* about) {
  auto found = objects.find(what.storage(), key);
  const auto name = key.substr(key.find('/') + 1);
  if (!found)
    throw not_found(what.about(name));
  const auto uid = text_at(wish, "preconditions.uid");
  const auto version = text_at(wish, "preconditions.resourceVersion");
  if (!uid.empty() && uid != text_at(*found, "metadata.uid"))
    throw conflict(what.as_kind(name),
                   "the UID in the precondition (" + uid + ") does not match the UID in record (" +
                       text_at(*found, "metadata.uid") +
                       "). The object might have been deleted and then recreated");
  if (!version.empty() && version != text_at(*found, "metadata.resourceVersion"))
    throw conflict(what.as_kind(name), "the ResourceVersion in the precondition (" + version +
                                           ") does not match the ResourceVersion in record (" +
                                           text_at(*found, "metadata.resourceVersion") +
                                           "). The object might have been modified");
  if (what.plural == "namespaces" &&
      (name == "default" || name == "kube-system" || name == "kube-public"))
    throw forbidden(what.about(name), "this namespace may not be deleted");
  if (about)
    admission.validate(about->writing("delete", name), what.about(name));
  const bool in_earnest = !(about && about->dry_run()) && !dry(wish);
  const auto& metadata = found->at("metadata").as_object();
  const bool held = what.plural == "namespaces" || metadata.contains("finalizers");
  if (!held && !in_earnest)
    return nullptr;
  if (!held) {
    objects.remove(what.storage(), key);
    if (what.plural == "serviceaccounts" || what.plural == "configmaps")
      schedule(now + options.controller_delay, key.substr(0, key.find('/')));
    return nullptr;
  }
  if (metadata.contains("deletionTimestamp"))
    return found;
  auto next = *found;
  next["metadata"].as_object()["deletionTimestamp"] = to_rfc3339(now);
  if (what.plural == "namespaces") {
    next["status"] = {{"phase", "Terminating"}};
    if (in_earnest)
      schedule(now + options.controller_delay, name);
  } else {
    next["metadata"].as_object()["deletionGracePeriodSeconds"] = 0;
  }
  next = read_as(what.stored_form(), next);
  return in_earnest ? objects.put(what.storage(), key, std::move(next))
                    : std::make_shared<const json::object>(std::move(next));
}

json::object cluster::state::wish_of(const call& about) {
  try {
    if (!about.from->body.empty())
      return read_as(structure_of("DeleteOptions"), body_of(about, delete_options()));
  } catch (const unreadable& problem) {
    throw bad_request("DeleteOptions in version \"v1\" cannot be handled as a DeleteOptions: " +
                      problem.message);
  }
  return {};
}

outcome cluster::state::remove(const call& about) {
  const auto& what = *about.what;
  const auto wish = wish_of(about);
  const auto before = objects.find(what.storage(), about.key());
  const auto left = delete_object(what, about.key(), wish, &about);
  const bool kept = left != nullptr;
  if (kept || what.answers_deleted)
    return {show(about, 200, kept ? *left : *before), nullptr};
  json::object details{{"name", about.name}};
  if (!what.group.empty())
    details["group"] = what.group;
  details["kind"] = what.plural;
  details["uid"] = text_at(*before, "metadata.uid");
  return {reply(200,
                json::object{{"kind", "Status"},
                             {"apiVersion", "v1"},
                             {"metadata", json::object{}},
                             {"status", "Success"},
                             {"details", std::move(details)}},
                &about),
          nullptr};
}

outcome cluster::state::remove_all(const call& about) {
  const auto& what = *about.what;
  const list_options asked{about};
  asked.wanted.demand_known(what);
  const auto wish = wish_of(about);
  json::array gone;
  const auto all = objects.all(what.storage()); // a copy: it changes below
  for (const auto& [key, object] : all) {
    if ((!about.ns.empty() && text_at(*object, "metadata.namespace") != about.ns) ||
        !asked.wanted.matches(*object))
      continue;
    auto one = as_view(what, *object);
    one.erase("kind");
    one.erase("apiVersion");
    gone.push_back(std::move(one));
    delete_object(what, key, wish, &about);
  }
  return {reply(200,
                json::object{{"kind", what.kind + "List"},
                             {"apiVersion", what.api_version()},
                             {"metadata", {{"resourceVersion", std::to_string(objects.version())}}},
                             {"items", std::move(gone)}},
                &about),
          nullptr};
}

outcome cluster::state::token(const call& about) {
  static const resource form_of_request = [] {
    resource out;
    out.group = "authentication.k8s.io";
    out.kind = "TokenRequest";
    out.is = &structure_of("TokenRequest");
    return out;
  }();
  json::object wish;
  try {
    wish = read_as(*form_of_request.is, body_of(about, form_of_request));
  } catch (const unreadable& problem) {
    throw bad_request("TokenRequest in version \"v1\" cannot be handled as a TokenRequest: " +
                      problem.message);
  }
  if (!objects.find("/namespaces", about.ns))
    throw not_found({"", "namespaces", about.ns});
  const auto account = objects.find("/serviceaccounts", about.key());
  if (!account)
    throw not_found(about.what->about(about.name));
  auto& spec = wish["spec"].as_object();
  const auto* asked = spec.if_contains("expirationSeconds");
  const auto lifetime = asked && asked->is_number() ? asked->to_number<std::int64_t>() : 3600;
  spec["expirationSeconds"] = lifetime;
  if (lifetime < 600)
    throw invalid({"authentication.k8s.io", "TokenRequest", {}},
                  {invalid_value("spec.expirationSeconds", std::to_string(lifetime),
                                 "may not specify a duration less than 10 minutes")});
  const writer by{about.by().manager, form_of_request.api_version()};
  auto managed = managed_after_update(*form_of_request.is, read_as(*form_of_request.is, {}), wish,
                                      by, about.now);
  for (auto& entry : managed)
    entry.as_object()["subresource"] = "token";
  bearer who{about.ns, about.name, text_at(*account, "metadata.uid"), new_uid(), {}, {}, {}};
  if (const auto* list = spec.if_contains("audiences"); list && list->is_array())
    for (const auto& item : list->get_array())
      who.audience.emplace_back(item.get_string());
  if (who.audience.empty()) {
    who.audience.push_back(tokens.issuer());
    spec["audiences"] = json::array{tokens.issuer()};
  }
  spec["boundObjectRef"] = nullptr;
  who.expires = about.now + std::chrono::seconds{lifetime};
  wish["kind"] = "TokenRequest";
  wish["apiVersion"] = "authentication.k8s.io/v1";
  wish["metadata"] = {{"name", about.name},
                      {"namespace", about.ns},
                      {"uid", who.uid},
                      {"creationTimestamp", to_rfc3339(about.now)}};
  if (!managed.empty())
    wish["metadata"].as_object()["managedFields"] = std::move(managed);
  wish["status"] = {{"token", tokens.sign(who, about.now)},
                    {"expirationTimestamp", to_rfc3339(who.expires)}};
  return {reply(201, wish, &about), nullptr};
}

} // namespace acr::kubesim
