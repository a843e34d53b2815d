// The controllers of a cluster: default accounts, the root CA, the end of a namespace.
#include <algorithm>

#include <boost/json/array.hpp>

#include "tools/kubesim/state.hpp"
#include "tools/kubesim/validation.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

using std::chrono::seconds;

constexpr auto event_life = seconds{3600};
// Content that finalizers hold is checked again after this.
constexpr auto retry_interval = seconds{1};

json::object cluster_role(const std::string& name, json::array rules) {
  return {{"metadata",
           {{"name", name}, {"labels", {{"kubernetes.io/bootstrapping", "rbac-defaults"}}}}},
          {"rules", std::move(rules)}};
}

json::object cluster_binding(const std::string& name, const std::string& role,
                             const std::vector<std::string>& groups) {
  json::array subjects;
  for (const auto& group : groups)
    subjects.push_back(json::object{
        {"kind", "Group"}, {"apiGroup", "rbac.authorization.k8s.io"}, {"name", group}});
  return {{"metadata",
           {{"name", name}, {"labels", {{"kubernetes.io/bootstrapping", "rbac-defaults"}}}}},
          {"subjects", std::move(subjects)},
          {"roleRef",
           {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", role}}}};
}

json::object paths(std::initializer_list<const char*> list) {
  json::array urls;
  for (const auto* item : list)
    urls.emplace_back(item);
  return {{"verbs", json::array{"get"}}, {"nonResourceURLs", std::move(urls)}};
}

} // namespace

std::string cluster::state::new_uid() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx";
  for (auto& c : out)
    if (c == 'x')
      c = digits[random() % 16];
  return out;
}

void cluster::state::store_new(const resource& what, const json::object& object, wall_time at) {
  auto made = read_as(*what.is, object);
  made["kind"] = what.kind;
  made["apiVersion"] = what.api_version();
  fill_in(what, made);
  auto& metadata = made["metadata"].as_object();
  metadata["uid"] = new_uid();
  metadata["creationTimestamp"] = to_rfc3339(at);
  metadata["resourceVersion"] = "0"; // reserves its place among the members; the store fills it in
  const auto ns = text_at(metadata, "namespace");
  const auto name = text_at(metadata, "name");
  objects.put(what.storage(), ns.empty() ? name : ns + "/" + name, read_as(*what.is, made));
}

void cluster::state::bootstrap(wall_time begin) {
  const auto& spaces = *find_resource("", "v1", "namespaces");
  for (const char* name : {"kube-system", "kube-public", "kube-node-lease", "default"}) {
    store_new(spaces,
              {{"metadata", {{"name", name}}},
               {"spec", {{"finalizers", json::array{"kubernetes"}}}},
               {"status", {{"phase", "Active"}}}},
              begin);
    if (options.controllers)
      reconcile(name, begin);
  }
  constexpr const char* rbac = "rbac.authorization.k8s.io";
  const auto& roles = *find_resource(rbac, "v1", "clusterroles");
  const auto& bindings = *find_resource(rbac, "v1", "clusterrolebindings");
  const json::array all{"*"};
  store_new(roles,
            cluster_role("cluster-admin",
                         {json::object{{"verbs", all}, {"apiGroups", all}, {"resources", all}},
                          json::object{{"verbs", all}, {"nonResourceURLs", all}}}),
            begin);
  store_new(roles,
            cluster_role("system:discovery",
                         {paths({"/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez",
                                 "/openapi", "/openapi/*", "/readyz", "/version", "/version/"})}),
            begin);
  store_new(roles,
            cluster_role("system:public-info-viewer",
                         {paths({"/healthz", "/livez", "/readyz", "/version", "/version/"})}),
            begin);
  store_new(roles,
            cluster_role(
                "system:service-account-issuer-discovery",
                {paths({"/.well-known/openid-configuration", "/.well-known/openid-configuration/",
                        "/openid/v1/jwks", "/openid/v1/jwks/"})}),
            begin);
  store_new(roles,
            cluster_role("system:basic-user",
                         {json::object{{"verbs", json::array{"create"}},
                                       {"apiGroups", json::array{"authorization.k8s.io"}},
                                       {"resources", json::array{"selfsubjectaccessreviews",
                                                                 "selfsubjectrulesreviews"}}},
                          json::object{{"verbs", json::array{"create"}},
                                       {"apiGroups", json::array{"authentication.k8s.io"}},
                                       {"resources", json::array{"selfsubjectreviews"}}}}),
            begin);
  const std::string known = "system:authenticated";
  const std::string unknown = "system:unauthenticated";
  store_new(bindings, cluster_binding("cluster-admin", "cluster-admin", {"system:masters"}), begin);
  store_new(bindings, cluster_binding("system:discovery", "system:discovery", {known}), begin);
  store_new(bindings, cluster_binding("system:basic-user", "system:basic-user", {known}), begin);
  store_new(
      bindings,
      cluster_binding("system:public-info-viewer", "system:public-info-viewer", {known, unknown}),
      begin);
  store_new(bindings,
            cluster_binding("system:service-account-issuer-discovery",
                            "system:service-account-issuer-discovery", {"system:serviceaccounts"}),
            begin);
}

void cluster::state::schedule(wall_time at, const std::string& ns) {
  if (options.controllers)
    due[at].insert(ns);
}

void cluster::state::reconcile(const std::string& ns, wall_time at) {
  const auto found = objects.find("/namespaces", ns);
  if (!found)
    return;
  if (text_at(*found, "status.phase") == "Terminating")
    return finish_namespace(ns, at);
  if (!objects.find("/configmaps", ns + "/kube-root-ca.crt"))
    store_new(
        *find_resource("", "v1", "configmaps"),
        {{"metadata",
          {{"name", "kube-root-ca.crt"},
           {"namespace", ns},
           {"annotations",
            {{"kubernetes.io/description",
              "Contains a CA bundle that can be used to verify the kube-apiserver when using "
              "internal endpoints such as the internal service IP or kubernetes.default.svc. "
              "No other usage is guaranteed across distributions of Kubernetes clusters."}}}}},
         {"data", {{"ca.crt", options.root_ca_pem}}}},
        at);
  if (!objects.find("/serviceaccounts", ns + "/default")) {
    json::object account{{"metadata", {{"name", "default"}, {"namespace", ns}}}};
    call_webhook({"create", "serviceaccounts", ns, "default", "system:kube-controller-manager"},
                 account);
    store_new(*find_resource("", "v1", "serviceaccounts"), account, at);
  }
}

/// Deletes the content; when nothing is left, also the namespace.
void cluster::state::finish_namespace(const std::string& ns, wall_time at) {
  bool content = false;
  bool held = false;
  for (const auto& what : resources()) {
    if (!what.namespaced || what.create_only || !what.stored_as.empty())
      continue;
    const auto& all = objects.all(what.storage());
    std::vector<std::string> keys;
    for (auto item = all.lower_bound(ns + "/");
         item != all.end() && item->first.starts_with(ns + "/"); ++item)
      keys.push_back(item->first);
    for (const auto& key : keys) {
      content = true;
      held = delete_object(what, key, {}, nullptr) != nullptr || held;
    }
  }
  if (content) { // objects with finalizers are up to their owners
    schedule(at + (held ? std::chrono::milliseconds{retry_interval} : options.controller_delay),
             ns);
    return;
  }
  objects.remove("/namespaces", ns);
}

void cluster::state::advance(wall_time to) {
  while (!due.empty() && due.begin()->first <= to) {
    const auto [at, list] = *due.begin();
    due.erase(due.begin());
    now = std::max(now, at);
    for (const auto& ns : list)
      reconcile(ns, at);
  }
  now = std::max(now, to);
  tend_watches(watches, objects, now, options.bookmark_interval);
  const auto& events = objects.all("/events");
  if (events.empty())
    return;
  std::vector<std::string> old;
  for (const auto& [key, object] : events)
    if (const auto made = parse_rfc3339(text_at(*object, "metadata.creationTimestamp"));
        made && *made + event_life < now)
      old.push_back(key);
  for (const auto& key : old)
    objects.remove("/events", key);
}

std::optional<wall_time> cluster::state::next_due() const {
  std::optional<wall_time> out;
  const auto consider = [&](wall_time at) {
    if (!out || at < *out)
      out = at;
  };
  if (!due.empty())
    consider(due.begin()->first);
  for (const auto& item : watches)
    if (const auto queue = item.lock(); queue && !queue->closed) {
      consider(queue->ends);
      if (queue->next_bookmark)
        consider(*queue->next_bookmark);
    }
  return out;
}

} // namespace acr::kubesim
