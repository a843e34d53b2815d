#include "tools/cloudsim/acr.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json/array.hpp>

namespace acr::cloudsim {

namespace {

namespace json = boost::json;

constexpr auto user_name = "cr_temp_user";

json::object success(json::object out = {}) {
  out["Code"] = "success";
  out["IsSuccess"] = true;
  return out;
}

/// The region of the call; if the host does not show it, that of the caller's instance.
std::string region_of(const setting& at, const caller& who, std::string_view id) {
  if (!at.what.region.empty())
    return at.what.region;
  if (const auto* home = at.about.find_account(who.account))
    for (const auto& item : home->instances)
      if (item.id == id)
        return item.region;
  return "*";
}

std::string resource(const setting& at, const caller& who, std::string_view kind,
                     std::string_view id) {
  return "acs:cr:" + region_of(at, who, id) + ":" + who.account + ":" + std::string{kind} + "/" +
         std::string{id};
}

/// The requested instance, if it is the caller's, in the endpoint's region, and permitted; never
/// null. Not a reference: g++ 14 would warn that it dangles.
const instance* find_instance(const setting& at, const caller& who, const std::string& action,
                              std::string_view kind) {
  const auto id = needed(at, "InstanceId", "Missing");
  permit(at, who, "cr:" + action, resource(at, who, kind, id), "Forbidden.RAM");
  if (const auto* home = at.about.find_account(who.account))
    for (const auto& item : home->instances)
      if (item.id == id && (at.what.region.empty() || item.region == at.what.region))
        return &item;
  const bool in_body = at.about.how.missing_instance_in_body;
  throw refusal{in_body ? 200 : 404, "INSTANCE_NOT_EXIST", "instance is not exist"}.told_in_body(
      in_body);
}

/// Issues a new password for the caller; returns it with its expiry.
std::pair<std::string, wall_time> new_password(const setting& at, const caller& who,
                                               const instance& to) {
  auto ends = at.now + at.about.life.password;
  if (who.from && !at.about.how.flat_password_hour)
    ends = std::min(ends, who.from->ends);
  return {at.given.issue_password({who, to.id, to.region, ends}, at.now), ends};
}

json::object about_endpoint(const endpoint& item, bool summary) {
  json::object out{{"EndpointType", item.type},
                   {"Enable", item.enabled},
                   {"AclEnable", item.acl_enabled},
                   {"Status", item.status}};
  json::array domains;
  for (const auto& name : item.domains)
    domains.push_back(json::object{{"Domain", name.name}, {"Type", name.type}});
  out["Domains"] = std::move(domains);
  json::array networks;
  for (const auto& id : item.linked_vpcs)
    networks.push_back(json::object{{"VpcId", id}});
  out["LinkedVpcs"] = std::move(networks);
  if (!summary) {
    json::array entries;
    for (const auto& entry : item.acl_entries)
      entries.push_back(json::object{{"Entry", entry}});
    out["AclEntries"] = std::move(entries);
  }
  return out;
}

json::object about_instance(const instance& item) {
  return {{"InstanceId", item.id},
          {"InstanceName", item.name},
          {"InstanceSpecification", item.specification},
          {"InstanceStatus", item.status},
          {"ResourceGroupId", "rg-sim"},
          {"InstanceIssue", ""}};
}

constexpr std::int64_t created_ms = 1571242083000;

long number_or(std::string_view text, long otherwise) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value > 0 ? value : otherwise;
}

const instance* find_personal(const setting& at, const caller& who) {
  const auto* home = at.about.find_account(who.account);
  if (!home || home->personal.empty())
    return nullptr;
  auto region = at.what.region;
  if (region.empty())
    region = at.about.metadata.region;
  const auto found = std::find_if(home->personal.begin(), home->personal.end(),
                                  [&](const instance& item) { return item.region == region; });
  if (found != home->personal.end())
    return &*found;
  return at.what.region.empty() ? &home->personal.front() : nullptr;
}

} // namespace

json::object enterprise_token(const setting& at, const caller& who) {
  const auto& of = *find_instance(at, who, "GetAuthorizationToken", "repository");
  const auto [text, ends] = new_password(at, who, of);
  return success({{"TempUsername", user_name},
                  {"AuthorizationToken", text},
                  {"ExpireTime", ends.time_since_epoch().count()}});
}

json::object list_instance_endpoint(const setting& at, const caller& who) {
  const auto& of = *find_instance(at, who, "ListInstanceEndpoint", "instance");
  const auto module = value_of(at.what.all, "ModuleName");
  const bool summary = same_word(value_of(at.what.all, "Summary"), "true");
  json::array list;
  if (module.empty() || module == "Registry")
    for (const auto& item : of.endpoints)
      list.push_back(about_endpoint(item, summary));
  return success({{"Endpoints", std::move(list)}});
}

json::object list_instance(const setting& at, const caller& who) {
  permit(at, who, "cr:ListInstance", resource(at, who, "instance", "*"), "Forbidden.RAM");
  const auto page = number_or(value_of(at.what.all, "PageNo"), 1);
  const auto size = number_or(value_of(at.what.all, "PageSize"), 30);
  const auto name = value_of(at.what.all, "InstanceName");
  const auto status = value_of(at.what.all, "InstanceStatus");
  json::array list;
  long total = 0;
  if (const auto* home = at.about.find_account(who.account))
    for (const auto& item : home->instances) {
      if ((!at.what.region.empty() && item.region != at.what.region) ||
          !item.name.starts_with(name) || (!status.empty() && item.status != status))
        continue;
      if (total / size == page - 1) {
        auto entry = about_instance(item);
        entry["RegionId"] = item.region;
        entry["CreateTime"] = std::to_string(created_ms); // here as texts, in GetInstance not
        entry["ModifiedTime"] = std::to_string(created_ms);
        list.push_back(std::move(entry));
      }
      ++total;
    }
  return success({{"PageNo", page},
                  {"PageSize", size},
                  {"TotalCount", total},
                  {"Instances", std::move(list)}});
}

json::object one_instance(const setting& at, const caller& who) {
  const auto& of = *find_instance(at, who, "GetInstance", "instance");
  auto out = about_instance(of);
  out["CreateTime"] = created_ms;
  out["ModifiedTime"] = created_ms;
  out["Tags"] = json::array{};
  return success(std::move(out));
}

json::object personal_token(const setting& at, const caller& who) {
  const auto region = at.what.region.empty() ? std::string{"*"} : at.what.region;
  permit(at, who, "cr:GetAuthorizationToken", "acs:cr:" + region + ":" + who.account + ":*",
         "Forbidden.RAM");
  const auto* of = find_personal(at, who);
  if (!of)
    throw refusal{404, "USER_NOT_EXIST", "This account has no personal instance in the region."};
  const auto [text, ends] = new_password(at, who, *of);
  return {{"data", json::object{{"authorizationToken", text},
                                {"tempUserName", user_name},
                                {"expireDate", ends.time_since_epoch().count()}}}};
}

} // namespace acr::cloudsim
