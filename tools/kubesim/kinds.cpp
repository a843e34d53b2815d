#include "tools/kubesim/kinds.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace acr::kubesim {

namespace json = boost::json;

namespace {

constexpr const char* rbac = "rbac.authorization.k8s.io";
constexpr const char* authorization = "authorization.k8s.io";
constexpr const char* authentication = "authentication.k8s.io";

resource stored(std::string group, std::string plural, std::string singular, std::string kind,
                bool namespaced, std::vector<std::string> short_names = {}) {
  resource out;
  out.group = std::move(group);
  out.plural = std::move(plural);
  out.singular = std::move(singular);
  out.is = &structure_of(kind);
  out.kind = std::move(kind);
  out.namespaced = namespaced;
  out.short_names = std::move(short_names);
  return out;
}

resource review(std::string group, std::string kind, std::string_view schema,
                bool namespaced = false) {
  resource out;
  out.group = std::move(group);
  out.singular = kind;
  std::transform(kind.begin(), kind.end(), out.singular.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  out.plural = out.singular + "s";
  out.kind = std::move(kind);
  out.namespaced = namespaced;
  out.is = &structure_of(schema);
  out.create_only = true;
  return out;
}

std::vector<resource> all() {
  std::vector<resource> out{
      stored("", "namespaces", "namespace", "Namespace", false, {"ns"}),
      stored("", "serviceaccounts", "serviceaccount", "ServiceAccount", true, {"sa"}),
      stored("", "secrets", "secret", "Secret", true),
      stored("", "configmaps", "configmap", "ConfigMap", true, {"cm"}),
      stored("", "events", "event", "Event", true, {"ev"}),
      stored("", "pods", "pod", "Pod", true, {"po"}),
      stored("coordination.k8s.io", "leases", "lease", "Lease", true),
      stored(rbac, "clusterrolebindings", "clusterrolebinding", "ClusterRoleBinding", false),
      stored(rbac, "clusterroles", "clusterrole", "ClusterRole", false),
      stored(rbac, "rolebindings", "rolebinding", "RoleBinding", true),
      stored(rbac, "roles", "role", "Role", true),
      stored("admissionregistration.k8s.io", "mutatingwebhookconfigurations",
             "mutatingwebhookconfiguration", "MutatingWebhookConfiguration", false),
      review(authorization, "SelfSubjectAccessReview", "AccessReview"),
      review(authorization, "SelfSubjectRulesReview", "AccessReview"),
      review(authorization, "SubjectAccessReview", "AccessReview"),
      review(authorization, "LocalSubjectAccessReview", "AccessReview", true),
      review(authentication, "TokenReview", "TokenReview"),
      review(authentication, "SelfSubjectReview", "SelfSubjectReview"),
  };
  auto events = stored("", "events", "event", "Event", true, {"ev"});
  events.group = "events.k8s.io";
  events.stored_is = events.is;
  events.is = &structure_of("NewEvent");
  events.stored_as = "/events";
  out.push_back(std::move(events));
  for (auto& item : out) {
    item.answers_deleted = item.plural == "serviceaccounts" || item.plural == "pods";
    item.created_by_update =
        item.group == rbac || item.plural == "leases" || item.plural == "events";
    if (item.plural == "secrets")
      item.selectable = {"type"};
    if (item.plural == "namespaces")
      item.selectable = {"status.phase"};
    if (item.plural == "pods")
      item.selectable = {"spec.nodeName", "spec.serviceAccountName", "status.phase",
                         "spec.restartPolicy"};
    if (item.plural == "events" && item.group.empty())
      item.selectable = {"involvedObject.kind",
                         "involvedObject.namespace",
                         "involvedObject.name",
                         "involvedObject.uid",
                         "involvedObject.apiVersion",
                         "involvedObject.resourceVersion",
                         "involvedObject.fieldPath",
                         "reason",
                         "reportingComponent",
                         "source",
                         "type"};
    else if (item.plural == "events")
      item.selectable = {
          "reason",         "type",          "regarding.kind",     "regarding.namespace",
          "regarding.name", "regarding.uid", "reportingController"};
  }
  return out;
}

constexpr std::array<std::pair<const char*, const char*>, 7> renamed{{
    {"involvedObject", "regarding"},
    {"message", "note"},
    {"source", "deprecatedSource"},
    {"firstTimestamp", "deprecatedFirstTimestamp"},
    {"lastTimestamp", "deprecatedLastTimestamp"},
    {"count", "deprecatedCount"},
    {"reportingComponent", "reportingController"},
}};

template <bool Forward>
json::object rename(const json::object& from, const char* version) {
  json::object out;
  for (const auto& item : from) {
    std::string key{item.key()};
    for (const auto& [old_name, new_name] : renamed)
      if (key == (Forward ? old_name : new_name)) {
        key = Forward ? new_name : old_name;
        break;
      }
    out[key] = item.value();
  }
  out["apiVersion"] = version;
  return out;
}

} // namespace

const std::vector<resource>& resources() {
  static const auto list = all();
  return list;
}

const resource* find_resource(std::string_view group, std::string_view version,
                              std::string_view plural) {
  for (const auto& item : resources())
    if (item.group == group && item.version == version && item.plural == plural)
      return &item;
  return nullptr;
}

const resource* any_resource(std::string_view plural) {
  for (const auto& item : resources())
    if (item.plural == plural)
      return &item;
  return nullptr;
}

json::object to_new_event(const json::object& from) {
  return rename<true>(from, "events.k8s.io/v1");
}

json::object from_new_event(const json::object& from) { return rename<false>(from, "v1"); }

} // namespace acr::kubesim
