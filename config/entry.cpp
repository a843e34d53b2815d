#include "config/entry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "config/entry_values.hpp"
#include "config/parse.hpp"
#include "config/values.hpp"

namespace acr::config {

namespace {

constexpr std::array<std::string_view, 11> field_names{"instanceId",      "regionId",
                                                       "domains",         "assumeRoleARN",
                                                       "expireDuration",  "assumeRoleExternalId",
                                                       "rrsaRoleARN",     "rrsaOIDCProviderRoleARN",
                                                       "customAccessKey", "customAccessKeySecret",
                                                       "namespaces"};

void read_roles(field_reader& entry, role_chain& chain, bool rrsa_enabled) {
  const auto assumed = read_role(entry, "assumeRoleARN");
  const auto external_id = read_external_id(entry, "assumeRoleExternalId");
  if (!assumed.empty())
    chain.roles.push_back({assumed, external_id});
  else if (!external_id.empty())
    entry.reject("assumeRoleExternalId",
                 "needs assumeRoleARN, the role that asks for it, beside it");
  if (!rrsa_enabled)
    return;
  chain.rrsa_role_arn = read_role(entry, "rrsaRoleARN");
  chain.rrsa_oidc_provider_arn = read_provider(entry, "rrsaOIDCProviderRoleARN");
  warn_of_accounts(entry, "rrsaRoleARN", chain);
  if (!assumed.empty() && assumed == chain.rrsa_role_arn)
    entry.warn("assumeRoleARN", std::string{role_again});
}

void check_rrsa(field_reader& entry, const instance& made, bool personal, bool enabled,
                std::string_view rrsa_switch) {
  const bool role = entry.find("rrsaRoleARN") != nullptr;
  const bool provider = entry.find("rrsaOIDCProviderRoleARN") != nullptr;
  const auto* const given = role ? "rrsaRoleARN" : "rrsaOIDCProviderRoleARN";
  if (enabled && personal)
    entry.reject("", entry.mapping().at, "",
                 "Personal edition cannot be used with RRSA: remove this entry, or turn RRSA off");
  else if (!enabled && (role || provider)) // the switch decides, as in the vendor's console
    entry.warn(given, "has no effect: RRSA is off. To turn it on, " + std::string{rrsa_switch});
  else if (role && !provider)
    entry.reject(given,
                 "needs rrsaOIDCProviderRoleARN, the OIDC provider of the cluster, beside it");
  else if (provider && !role)
    entry.reject(given, "needs rrsaRoleARN, the role to assume with it, beside it");
  else if (role && entry.find("customAccessKey") != nullptr)
    entry.reject_hidden("customAccessKey", "cannot be used together with RRSA: give either");
  else if (enabled && !role && made.chain.origin.from == identity_origin::kind::automatic)
    entry.warn("", entry.mapping().at, "",
               "has no rrsaRoleARN: RRSA is not used for it, but the helper's own identity");
}

/// An integer, also as written by tools that know only floating-point numbers: `7200.0`, `7.2e3`.
std::optional<int> whole_number(std::string_view text) {
  double number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, number);
  constexpr double most = 1e9;
  if (status != std::errc{} || stop != end || !(std::abs(number) < most) ||
      number != std::trunc(number))
    return std::nullopt;
  return static_cast<int>(number);
}

void read_duration(field_reader& entry, role_chain& chain) {
  const auto written = entry.text("expireDuration");
  if (written.empty())
    return;
  int seconds = 0;
  if (const auto number = whole_number(written))
    seconds = *number;
  if (seconds < 3600 || seconds > 43200) {
    const auto meant = parse_duration(written);
    const bool possible =
        meant && *meant >= std::chrono::hours{1} && *meant <= std::chrono::hours{12};
    return entry.reject("expireDuration",
                        "must be a number of seconds, 3600 to 43200, without a unit" +
                            (possible ? ": " + std::to_string(meant->count() / 1000) : ""));
  }
  chain.expire_duration = std::chrono::seconds{seconds};
  if (seconds != 3600 && chain.roles.empty() && chain.rrsa_role_arn.empty())
    entry.warn("expireDuration",
               "has no effect without a role: it is the life of a role's session");
}

/// The IDs, each with whether it is of a new Personal instance. Without any: Personal edition.
std::vector<instance_id> read_ids(field_reader& entry, std::string_view region) {
  const auto* const value = entry.find("instanceId");
  const auto ids = value == nullptr || !value->is_text() ? comma_list{} : split_list(value->text);
  if (ids.items.size() < 2)
    return {read_instance_id(entry, "instanceId", "or empty", region)};
  std::vector<instance_id> all;
  if (entry.find("domains") != nullptr)
    entry.reject("instanceId", "names " + std::to_string(ids.items.size()) +
                                   " instances, and `domains` are those of one: give each an "
                                   "entry of its own");
  else if (ids.items.size() > most_entries)
    entry.reject("instanceId", "names " + std::to_string(ids.items.size()) +
                                   " instances: at most " + std::to_string(most_entries) +
                                   " are supported");
  else
    for (const auto& id : ids.items)
      all.push_back(check_instance_id(entry, "instanceId", value->position_of(id.offset), id.text,
                                      "or empty", region));
  return all;
}

} // namespace

std::vector<instance> read_entry(const node& entry, const std::string& key, bool rrsa_enabled,
                                 std::string_view rrsa_switch, problem_list& problems) {
  if (!entry.is_mapping()) {
    problems.add(severity::entry_rejected, key, entry.at, entry.text,
                 entry.is_null()
                     ? "is empty: remove it, or write `instanceId: \"\"` for Personal edition"
                     : "must be a mapping that begins with `- instanceId: ...`");
    return {};
  }
  entry_verdict verdict{problems};
  field_reader fields{entry, key, field_names, verdict};
  instance made;
  made.line = entry.at.line;
  made.region = read_region(fields, "regionId");
  made.domains = read_domains(fields, "domains");
  made.namespaces = read_namespaces(fields, false);
  const auto ids = read_ids(fields, made.region);
  read_roles(fields, made.chain, rrsa_enabled);
  read_access_key(fields, "customAccessKey", "customAccessKeySecret", made.chain.origin);
  const bool personal =
      fields.find("instanceId") == nullptr ||
      std::any_of(ids.begin(), ids.end(), [](const instance_id& id) { return id.new_personal; });
  check_rrsa(fields, made, personal, rrsa_enabled, rrsa_switch);
  read_duration(fields, made.chain);
  std::vector<instance> all;
  for (const auto& id : ids) {
    made.instance_id = id.id;
    all.push_back(made);
  }
  return verdict.good ? std::move(all) : std::vector<instance>{};
}

} // namespace acr::config
