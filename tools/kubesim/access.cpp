// Authentication and authorization: bearer tokens, impersonation, RBAC, access reviews.
#include <algorithm>

#include <boost/json/array.hpp>

#include "protocol/json.hpp"
#include "tools/kubesim/state.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

constexpr const char* rbac = "rbac.authorization.k8s.io";
constexpr std::string_view account_prefix = "system:serviceaccount:";

bool lists(const json::object& rule, const char* member, std::string_view wanted) {
  const auto* list = rule.if_contains(member);
  if (!list || !list->is_array())
    return false;
  return std::any_of(list->get_array().begin(), list->get_array().end(), [&](const auto& item) {
    return item.is_string() && (item.get_string() == "*" || item.get_string() == wanted);
  });
}

bool holds(const json::object& rule, const char* member) {
  const auto* list = rule.if_contains(member);
  return list && list->is_array() && !list->get_array().empty();
}

bool resource_fits(const json::object& rule, const std::string& resource) {
  if (lists(rule, "resources", resource))
    return true;
  const auto slash = resource.find('/');
  return slash != std::string::npos && lists(rule, "resources", "*" + resource.substr(slash));
}

bool path_fits(const json::object& rule, std::string_view path) {
  const auto* list = rule.if_contains("nonResourceURLs");
  if (!list || !list->is_array())
    return false;
  return std::any_of(list->get_array().begin(), list->get_array().end(), [&](const auto& item) {
    const std::string_view pattern = item.get_string();
    return pattern == path ||
           (pattern.ends_with('*') && path.starts_with(pattern.substr(0, pattern.size() - 1)));
  });
}

user_info account_user(const std::string& ns, const std::string& name, const std::string& uid) {
  return {std::string{account_prefix} + ns + ":" + name,
          uid,
          {"system:serviceaccounts", "system:serviceaccounts:" + ns, "system:authenticated"}};
}

/// The subject of the binding that matches the user, in a review's format; nothing if there is
/// none.
std::optional<std::string> bound_as(const json::object& binding, const user_info& who) {
  const auto* subjects = binding.if_contains("subjects");
  if (!subjects || !subjects->is_array())
    return std::nullopt;
  for (const auto& item : subjects->get_array()) {
    const auto& one = item.get_object();
    const auto kind = text_at(one, "kind");
    const auto name = text_at(one, "name");
    const auto ns = text_at(one, "namespace");
    const bool account = kind == "ServiceAccount";
    const bool is = account           ? who.name == account_user(ns, name, {}).name
                    : kind == "Group" ? who.in(name)
                                      : who.name == name;
    if (is)
      return std::string{kind}.append(" ").append(
          as_go_quotes(account ? std::string{name}.append("/").append(ns) : name));
  }
  return std::nullopt;
}

refusal unauthorized() { return {401, "Unauthorized", "Unauthorized"}; }

} // namespace

bool user_info::in(std::string_view group) const {
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

user_info cluster::state::authenticate(const call& about) {
  user_info out{"system:anonymous", {}, {"system:unauthenticated"}};
  const auto header = about.header("Authorization");
  if (header.starts_with("Bearer ")) {
    const std::string token{header.substr(7)};
    if (token == options.admin_token) {
      out = {"admin", {}, {"system:masters", "system:authenticated"}};
    } else {
      const auto* who = tokens.verify(token);
      const auto account =
          who ? objects.find("/serviceaccounts", who->ns + "/" + who->name) : nullptr;
      if (!account || text_at(*account, "metadata.uid") != who->uid || about.now >= who->expires ||
          about.now + std::chrono::seconds{1} < who->not_before ||
          std::find(who->audience.begin(), who->audience.end(), tokens.issuer()) ==
              who->audience.end())
        throw unauthorized();
      out = account_user(who->ns, who->name, who->uid);
    }
  } else if (!header.empty()) {
    throw unauthorized();
  }
  const std::string as{about.header("Impersonate-User")};
  if (as.empty())
    return out;
  if (!allowed(out, "impersonate", "", "users", "", as))
    throw forbidden({"", "users", as}, "User " + as_go_quotes(out.name) +
                                           " cannot impersonate resource \"users\" in API group "
                                           "\"\" at the cluster scope");
  user_info played{as, {}, {}};
  for (const auto& [name, value] : about.from->headers)
    if (simkit::same_word(name, "Impersonate-Group"))
      played.groups.push_back(value);
  if (played.groups.empty() && as.starts_with(account_prefix)) {
    const auto rest = as.substr(account_prefix.size());
    played = account_user(rest.substr(0, rest.find(':')), rest.substr(rest.find(':') + 1), {});
  } else if (as != "system:anonymous" && !played.in("system:authenticated")) {
    played.groups.emplace_back("system:authenticated");
  }
  return played;
}

const std::vector<rule_set>& cluster::state::rules_of(const user_info& who) {
  auto key = who.name;
  for (const auto& group : who.groups)
    key += "\n" + group;
  const auto place = rules.try_emplace(key);
  auto& found = place.first->second;
  if (!place.second)
    return found;
  const auto add = [&](const std::string& ns, const json::object& binding) {
    const auto subject = bound_as(binding, who);
    if (!subject)
      return;
    const auto name = text_at(binding, "roleRef.name");
    const auto kind = text_at(binding, "roleRef.kind");
    const bool local = kind == "Role";
    const auto role = objects.find(std::string{rbac} + (local ? "/roles" : "/clusterroles"),
                                   local ? ns + "/" + name : name);
    const auto* list = role ? role->if_contains("rules") : nullptr;
    if (!list || !list->is_array())
      return;
    const auto own = text_at(binding, "metadata.name") + (ns.empty() ? "" : "/" + ns);
    found.push_back({list->get_array(), ns,
                     std::string{"RBAC: allowed by "} + (ns.empty() ? "Cluster" : "") +
                         "RoleBinding " + as_go_quotes(own) + " of " + kind + " " +
                         as_go_quotes(name) + " to " + *subject});
  };
  for (const auto& item : objects.all(std::string{rbac} + "/clusterrolebindings"))
    add({}, *item.second);
  for (const auto& item : objects.all(std::string{rbac} + "/rolebindings"))
    add(text_at(*item.second, "metadata.namespace"), *item.second);
  return found;
}

bool cluster::state::allowed(const user_info& who, const std::string& verb,
                             const std::string& group, const std::string& of, const std::string& ns,
                             const std::string& name, std::string* why) {
  if (who.in("system:masters"))
    return true;
  for (const auto& set : rules_of(who)) {
    if (!set.ns.empty() && set.ns != ns)
      continue;
    for (const auto& item : set.rules) {
      const auto& rule = item.get_object();
      if (lists(rule, "verbs", verb) && lists(rule, "apiGroups", group) &&
          resource_fits(rule, of) &&
          (!holds(rule, "resourceNames") ||
           (!name.empty() && lists(rule, "resourceNames", name)))) {
        if (why)
          *why = set.why;
        return true;
      }
    }
  }
  return false;
}

bool cluster::state::allowed_path(const user_info& who, const std::string& verb,
                                  const std::string& path, std::string* why) {
  if (who.in("system:masters"))
    return true;
  for (const auto& set : rules_of(who))
    for (const auto& item : set.rules)
      if (set.ns.empty() && lists(item.get_object(), "verbs", verb) &&
          path_fits(item.get_object(), path)) {
        if (why)
          *why = set.why;
        return true;
      }
  return false;
}

void cluster::state::authorize(const call& about, const std::string& verb) {
  if (!about.is_resource) {
    if (!allowed_path(about.user, verb, about.path))
      throw refusal{403, "Forbidden",
                    "forbidden: User " + as_go_quotes(about.user.name) + " cannot " + verb +
                        " path " + as_go_quotes(about.path)}
          .with_details();
    return;
  }
  auto name = about.name;
  if (name.empty() && (verb == "list" || verb == "watch"))
    try {
      name = list_options{about}.wanted.single_name();
    } catch (const refusal&) { // refused below, but only for callers with that permission
    }
  const auto of = about.plural + (about.subresource.empty() ? "" : "/" + about.subresource);
  // The namespace of a Namespace is itself.
  const auto& ns = about.ns;
  if (allowed(about.user, verb, about.group, of, ns, name))
    return;
  auto why = "User " + as_go_quotes(about.user.name) + " cannot " + verb + " resource " +
             as_go_quotes(of) + " in API group " + as_go_quotes(about.group);
  why += ns.empty() ? " at the cluster scope" : " in the namespace " + as_go_quotes(ns);
  throw forbidden({about.group, about.plural, about.name.empty() ? name : about.name}, why);
}

namespace {

json::array list_of(const std::vector<std::string>& from) {
  json::array out;
  for (const auto& item : from)
    out.emplace_back(item);
  return out;
}

} // namespace

outcome cluster::state::review(const call& about) {
  const auto& what = *about.what;
  auto body = read_body(about);
  const auto& kind = what.kind;
  auto& metadata = body["metadata"].as_object();
  json::object status;
  if (kind == "SelfSubjectReview") {
    metadata["creationTimestamp"] = to_rfc3339(about.now);
    status["userInfo"] = {{"username", about.user.name}, {"groups", list_of(about.user.groups)}};
    if (!about.user.uid.empty())
      status["userInfo"].as_object()["uid"] = about.user.uid;
  } else if (kind == "TokenReview") {
    const auto token = text_at(body, "spec.token");
    if (token.empty())
      throw bad_request("token is required for TokenReview in authentication");
    const auto* who = tokens.verify(token);
    if (who && about.now < who->expires) {
      status["authenticated"] = true;
      const auto user = account_user(who->ns, who->name, who->uid);
      status["user"] = {
          {"username", user.name}, {"uid", user.uid}, {"groups", list_of(user.groups)}};
    } else {
      status = {{"user", json::object{}}, {"error", "invalid bearer token"}};
    }
  } else if (kind == "SelfSubjectRulesReview") {
    const auto ns = text_at(body, "spec.namespace");
    if (ns.empty())
      throw bad_request("no namespace on request");
    json::array resources;
    json::array paths;
    for (const auto& set : rules_of(about.user))
      for (const auto& rule : set.rules) {
        if (set.ns.empty() && holds(rule.get_object(), "nonResourceURLs"))
          paths.push_back(rule);
        else if ((set.ns.empty() || set.ns == ns) && holds(rule.get_object(), "resources"))
          resources.push_back(rule);
      }
    status = {{"resourceRules", std::move(resources)},
              {"nonResourceRules", std::move(paths)},
              {"incomplete", false}};
    body["spec"] = json::object{};
  } else {
    status = review_access(about, body);
  }
  body["status"] = std::move(status);
  return {reply(201, body, &about), nullptr};
}

json::object cluster::state::review_access(const call& about, const json::object& body) {
  auto who = about.user;
  const auto& spec = body.at("spec").as_object();
  if (!about.what->kind.starts_with("Self")) {
    who = {text_at(spec, "user"), {}, {}};
    if (const auto* groups = spec.if_contains("groups"); groups && groups->is_array())
      for (const auto& item : groups->get_array())
        who.groups.emplace_back(item.get_string());
  }
  const auto* resource = object_at(&spec, "resourceAttributes");
  const auto* path = object_at(&spec, "nonResourceAttributes");
  if (!resource == !path)
    throw invalid({about.group, {}, {}},
                  {invalid_value("spec.resourceAttributes", "null",
                                 "exactly one of nonResourceAttributes or resourceAttributes "
                                 "must be specified")});
  std::string why;
  const auto sub = string_at(resource, "subresource");
  const bool yes =
      resource ? allowed(who, string_at(resource, "verb"), string_at(resource, "group"),
                         string_at(resource, "resource") + (sub.empty() ? "" : "/" + sub),
                         string_at(resource, "namespace"), string_at(resource, "name"), &why)
               : allowed_path(who, string_at(path, "verb"), string_at(path, "path"), &why);
  json::object out{{"allowed", yes}};
  if (!why.empty())
    out["reason"] = why;
  return out;
}

} // namespace acr::kubesim
