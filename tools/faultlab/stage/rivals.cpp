#include "tools/faultlab/stage/rivals.hpp"

#include <stdexcept>

#include "protocol/json.hpp"

namespace acr::faultlab {

namespace {

constexpr int usual_reaction_ms = 3;
constexpr const char* merge_patch = "application/merge-patch+json";
constexpr const char* apply_patch = "application/apply-patch+yaml";

} // namespace

std::string rivals::resource_of(const lab_event& what) {
  return what.how == "relist" ? "serviceaccounts" : "secrets";
}

std::string rivals::object_of(const lab_event& what) {
  return what.how == "relist" ? what.param("account", "default")
                              : what.param("secret", "acr-credential-secret-aggregation");
}

std::string rivals::space_of(const lab_event& what) { return what.param("namespace", "team-0"); }

std::chrono::milliseconds rivals::reaction_of(const lab_event& what) {
  return std::chrono::milliseconds{static_cast<int>(what.number("ms", usual_reaction_ms))};
}

void rivals::begin(const lab_event& what) {
  if (what.how != "relist" && what.how != "rewrite" && what.how != "delete")
    throw std::runtime_error{"rival: relist, rewrite or delete, not " + what.how};
  active_.insert(&what);
}

void rivals::end(const lab_event& what) { active_.erase(&what); }

std::vector<const lab_event*> rivals::provoked_by(const change_seen& seen) {
  std::vector<const lab_event*> out;
  if (seen.by.empty() || !seen.after || active_.empty())
    return out;
  const auto* metadata = object_at(seen.after, "metadata");
  for (const auto* one : active_)
    if (seen.resource == resource_of(*one) && string_at(metadata, "namespace") == space_of(*one) &&
        string_at(metadata, "name") == object_of(*one) && reacting_.insert(one).second)
      out.push_back(one);
  return out;
}

std::optional<rivals::request> rivals::request_of(const lab_event& what) {
  reacting_.erase(&what);
  if (!active_.contains(&what))
    return std::nullopt;
  const auto target =
      "/api/v1/namespaces/" + space_of(what) + "/" + resource_of(what) + "/" + object_of(what);
  if (what.how == "delete")
    return request{"DELETE", target, ""};
  if (what.how == "relist")
    return request{"PATCH", target, R"({"imagePullSecrets":[{"name":"rival"}]})", merge_patch};
  return request{"PATCH", target + "?fieldManager=rival&force=true",
                 R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":")" + object_of(what) +
                     R"(","namespace":")" + space_of(what) +
                     R"("},"type":"kubernetes.io/dockerconfigjson",)"
                     R"("data":{".dockerconfigjson":"eyJhdXRocyI6e319"}})", // {"auths":{}}
                 apply_patch};
}

} // namespace acr::faultlab
