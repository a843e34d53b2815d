#include "tools/kubesim/admission.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fnmatch.h>

namespace acr::kubesim {

namespace json = boost::json;

namespace {

constexpr std::array<std::pair<const char*, std::string admission_rule::*>, 6> texts{{
    {"policy", &admission_rule::policy},
    {"resource", &admission_rule::resource},
    {"namespace", &admission_rule::ns},
    {"name", &admission_rule::name},
    {"user", &admission_rule::user},
    {"refuse", &admission_rule::refuse},
}};

constexpr const char* rule_members =
    "an admission rule knows policy, resource, namespace, name, user, "
    "operations (create, update, delete), times, and one of refuse (a "
    "message) and pull_secrets (names)";

std::vector<std::string> strings_in(const json::value& list) {
  if (!list.is_array())
    throw bad_request(rule_members);
  std::vector<std::string> out;
  for (const auto& item : list.get_array()) {
    if (!item.is_string())
      throw bad_request(rule_members);
    out.emplace_back(item.get_string());
  }
  return out;
}

bool fits(const std::string& pattern, std::string_view text) {
  return pattern.empty() || fnmatch(pattern.c_str(), std::string{text}.c_str(), 0) == 0;
}

bool concerns(const admission_rule& rule, const admitted& what) {
  const auto& listed = rule.operations;
  const bool operation =
      listed.empty() ? what.operation != "delete"
                     : std::find(listed.begin(), listed.end(), what.operation) != listed.end();
  return operation && (rule.resource.empty() || rule.resource == what.resource) &&
         (rule.user.empty() || rule.user == what.user) && fits(rule.ns, what.ns) &&
         fits(rule.name, what.name);
}

json::array as_json(const std::vector<std::string>& list) {
  json::array out;
  for (const auto& text : list)
    out.emplace_back(text);
  return out;
}

} // namespace

admission_rule read_admission_rule(const json::object& from) {
  admission_rule out;
  for (const auto& item : from) {
    const auto* const text = std::find_if(
        texts.begin(), texts.end(), [&](const auto& known) { return item.key() == known.first; });
    if (text != texts.end() && item.value().is_string())
      out.*(text->second) = item.value().get_string().c_str();
    else if (item.key() == "operations")
      out.operations = strings_in(item.value());
    else if (item.key() == "pull_secrets")
      out.pull_secrets = strings_in(item.value());
    else if (item.key() == "times" && item.value().is_int64() && item.value().get_int64() > 0)
      out.times_left = static_cast<std::uint64_t>(item.value().get_int64());
    else
      throw bad_request(rule_members);
  }
  const bool known = std::all_of(out.operations.begin(), out.operations.end(), [](const auto& one) {
    return one == "create" || one == "update" || one == "delete";
  });
  if (!known || out.refuse.empty() == !out.pull_secrets.has_value())
    throw bad_request(rule_members);
  return out;
}

json::array admission_table::list() const {
  json::array out;
  for (const auto& rule : all()) {
    json::object entry{{"id", rule.id}, {"hits", rule.hits}};
    for (const auto& [name, member] : texts)
      if (!(rule.*member).empty())
        entry[name] = rule.*member;
    if (!rule.operations.empty())
      entry["operations"] = as_json(rule.operations);
    if (rule.pull_secrets)
      entry["pull_secrets"] = as_json(*rule.pull_secrets);
    if (rule.times_left)
      entry["times_left"] = *rule.times_left;
    out.push_back(std::move(entry));
  }
  return out;
}

void admission_table::change(const admitted& what, json::object& object) {
  if (what.resource != "serviceaccounts")
    return;
  const auto rule =
      first([&](const admission_rule& one) { return one.pull_secrets && concerns(one, what); });
  if (!rule)
    return;
  json::array list;
  for (const auto& name : *rule->pull_secrets)
    list.push_back(json::object{{"name", name}});
  object["imagePullSecrets"] = std::move(list);
}

void admission_table::validate(const admitted& what, const subject& whom) {
  const auto rule =
      first([&](const admission_rule& one) { return !one.pull_secrets && concerns(one, what); });
  if (!rule)
    return;
  const auto why = "ValidatingAdmissionPolicy '" + rule->policy + "' with binding '" +
                   rule->policy + "' denied request: " + rule->refuse;
  throw forbidden(whom, why).but(422, "Invalid").because({{{}, why, {}}});
}

} // namespace acr::kubesim
