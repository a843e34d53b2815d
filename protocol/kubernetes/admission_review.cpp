#include "protocol/kubernetes/admission_review.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/base64.hpp"
#include "protocol/json.hpp"
#include "protocol/kubernetes/objects.hpp"
#include "protocol/registry/image.hpp"

namespace acr::kubernetes {

namespace json = boost::json;

namespace {

constexpr const char* review_version = "admission.k8s.io/v1";
constexpr const char* mirror_annotation = "kubernetes.io/config.mirror";
constexpr std::string_view list_key = "imagePullSecrets";
// Any client that reaches the port may send a review, and our Pod has 128 MiB in all. One that
// needs more is not answered: the API server then creates the object as it is.
constexpr std::size_t most_memory = std::size_t{24} << 20U;

/// The list as it is in an object. Nothing: it is not a list.
struct pull_list {
  bool absent = true;
  std::set<std::string> names;
};

std::optional<pull_list> list_in(const json::object& holder) {
  const auto* member = holder.if_contains(list_key);
  if (member == nullptr || member->is_null())
    return pull_list{};
  const auto* items = member->if_array();
  if (items == nullptr)
    return std::nullopt;
  pull_list found{false, {}};
  for (const auto& item : *items)
    found.names.insert(string_at(item.if_object(), "name"));
  return found;
}

/// A JSON Patch that adds the missing ones of `names`; empty if none is missing.
json::array additions(const pull_list& list, const std::vector<std::string>& names,
                      const std::string& path) {
  json::array missing;
  for (const auto& name : names)
    if (!list.names.contains(name))
      missing.push_back(json::object{{"name", name}});
  if (missing.empty())
    return {};
  if (list.absent)
    return json::array{json::object{{"op", "add"}, {"path", path}, {"value", std::move(missing)}}};
  json::array patch;
  for (auto& one : missing)
    patch.push_back(json::object{{"op", "add"}, {"path", path + "/-"}, {"value", std::move(one)}});
  return patch;
}

bool acr_host(std::string_view host) {
  return host.ends_with(".aliyuncs.com") &&
         (host.find(".cr.") != std::string_view::npos || host.starts_with("registry"));
}

/// Whether an image of the Pod is at a host that we have credentials for.
bool pulls_from_us(const json::object& spec, const admission_scope& scope) {
  for (const auto* kind : {"initContainers", "containers"}) {
    const auto* member = spec.if_contains(kind);
    const auto* items = member == nullptr ? nullptr : member->if_array();
    if (items == nullptr)
      continue;
    for (const auto& item : *items) {
      const auto host = registry::host_of(string_at(item.if_object(), "image"));
      if (scope.any_acr_host && acr_host(host))
        return true;
      if (std::any_of(scope.hosts.begin(), scope.hosts.end(),
                      [&](const auto& ours) { return registry::covers(ours, host); }))
        return true;
    }
  }
  return false;
}

bool asks_for_nothing(const json::object* metadata) {
  return string_at(object_at(metadata, "annotations"), ignore_annotation) == "true";
}

bool in_scope(const std::string& ns, const admission_scope& scope,
              const admission_exceptions& exceptions) {
  return scope.namespaces.contains(ns) && !exceptions.excluded.contains(ns) &&
         (!scope.by_labels || exceptions.selected.contains(ns));
}

json::array patch_of_account(const json::object& account, const std::string& name,
                             const admission_scope& scope) {
  const auto list = list_in(account);
  if (!list || !scope.service_accounts.contains(name) ||
      asks_for_nothing(object_at(&account, "metadata")))
    return {};
  return additions(*list, scope.references, "/imagePullSecrets");
}

/// A Pod's list is a copy of its account's, made just before by the API server, unless the Pod came
/// with its own: then the account's does not count.
json::array patch_of_pod(const json::object& pod, const std::string& ns,
                         const admission_scope& scope, const admission_exceptions& exceptions) {
  const auto* spec = object_at(&pod, "spec");
  const auto* annotations = object_at(object_at(&pod, "metadata"), "annotations");
  // A mirror of a static Pod has no account, and must not differ from its file.
  if (spec == nullptr || (annotations != nullptr && annotations->contains(mirror_annotation)))
    return {};
  auto account = string_at(spec, "serviceAccountName");
  if (account.empty())
    account = "default";
  const auto list = list_in(*spec);
  if (!list || !scope.service_accounts.contains(account) ||
      exceptions.accounts.contains({ns, account}))
    return {};
  const bool empty = std::all_of(list->names.begin(), list->names.end(),
                                 [](const auto& name) { return name.empty(); });
  const bool ours = std::any_of(scope.references.begin(), scope.references.end(),
                                [&](const auto& name) { return list->names.contains(name); });
  if (!empty && !ours && !(scope.own_lists && pulls_from_us(*spec, scope)))
    return {};
  return additions(*list, scope.references, "/spec/imagePullSecrets");
}

struct decision {
  admission_outcome outcome = admission_outcome::unchanged;
  json::array patch;
};

decision decide(const json::object& request, const admission_scope& configured,
                const admission_exceptions& exceptions) {
  const auto* resource = object_at(&request, "resource");
  const auto kind = string_at(resource, "resource");
  const auto operation = string_at(&request, "operation");
  const auto* object = object_at(&request, "object");
  const auto* metadata = object_at(object, "metadata");
  const auto ns = string_at(&request, "namespace");
  if (!configured.enabled || object == nullptr || !string_at(resource, "group").empty() ||
      !string_at(&request, "subResource").empty() || !in_scope(ns, configured, exceptions) ||
      (metadata != nullptr && metadata->contains("deletionTimestamp")))
    return {};
  decision out;
  auto scope = configured.entries.empty() ? configured : scope_in(configured, ns);
  // Also what the kubelet cannot use at all may be in such a Secret: then it pulls nothing.
  std::erase_if(scope.references, [&](const auto& name) {
    return exceptions.foreign.contains({ns, name});
  });
  if (kind == "serviceaccounts" && (operation == "CREATE" || operation == "UPDATE")) {
    auto name = string_at(metadata, "name");
    out.patch = patch_of_account(*object, name.empty() ? string_at(&request, "name") : name, scope);
    if (!out.patch.empty())
      out.outcome = admission_outcome::account_linked;
  } else if (kind == "pods" && operation == "CREATE") {
    out.patch = patch_of_pod(*object, ns, scope, exceptions);
    if (!out.patch.empty())
      out.outcome = admission_outcome::pod_linked;
  }
  return out;
}

} // namespace

const char* to_string(admission_outcome outcome) noexcept {
  switch (outcome) {
  case admission_outcome::account_linked:
    return "account_linked";
  case admission_outcome::pod_linked:
    return "pod_linked";
  case admission_outcome::unchanged:
    return "unchanged";
  case admission_outcome::malformed:
    break;
  }
  return "malformed";
}

admission_scope scope_in(const admission_scope& scope, const std::string& ns) {
  auto out = scope;
  if (scope.entries.empty())
    return out;
  out.entries.clear();
  out.hosts.clear();
  out.any_acr_host = false;
  std::map<std::string_view, std::size_t> claims;
  std::size_t most = 0;
  for (const auto& entry : scope.entries) {
    if (!entry.namespaces.contains(ns))
      continue;
    for (const auto& claim : entry.claims)
      most = std::max(most, ++claims[claim]);
    most = std::max<std::size_t>(most, 1);
    out.hosts.insert(out.hosts.end(), entry.hosts.begin(), entry.hosts.end());
    out.any_acr_host = out.any_acr_host || entry.any_acr_host;
  }
  out.references.resize(std::min(most, out.references.size()));
  return out;
}

review_answer answer_review(std::string_view body, const admission_scope& scope,
                            const admission_exceptions& exceptions) {
  const auto document = parse_json_object(body, most_memory);
  if (!document)
    return {};
  const auto* request = object_at(&*document, "request");
  const auto uid = string_at(request, "uid");
  if (string_at(&*document, "apiVersion") != review_version ||
      string_at(&*document, "kind") != "AdmissionReview" || uid.empty())
    return {};
  const auto decided = decide(*request, scope, exceptions);
  json::object response{{"uid", uid}, {"allowed", true}};
  if (!decided.patch.empty()) {
    response["patchType"] = "JSONPatch";
    response["patch"] = encode_base64(json::serialize(decided.patch));
  }
  return {decided.outcome, json::serialize(json::object{{"apiVersion", review_version},
                                                        {"kind", "AdmissionReview"},
                                                        {"response", std::move(response)}})};
}

} // namespace acr::kubernetes
