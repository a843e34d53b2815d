#include "config/entry.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "config/entry_values.hpp"
#include "config/values.hpp"

namespace acr::config {

namespace {

constexpr std::array<std::string_view, 10> field_names{"instanceId",      "regionId",
                                                       "domains",         "assumeRoleARN",
                                                       "expireDuration",  "assumeRoleExternalId",
                                                       "rrsaRoleARN",     "rrsaOIDCProviderRoleARN",
                                                       "customAccessKey", "customAccessKeySecret"};

void read_roles(field_reader& entry, role_chain& chain) {
  const auto assumed = read_role(entry, "assumeRoleARN");
  const auto external_id = read_external_id(entry, "assumeRoleExternalId");
  if (!assumed.empty())
    chain.roles.push_back({assumed, external_id});
  else if (!external_id.empty())
    entry.reject("assumeRoleExternalId",
                 "needs assumeRoleARN, the role that asks for it, beside it");
  chain.rrsa_role_arn = read_role(entry, "rrsaRoleARN");
  chain.rrsa_oidc_provider_arn = read_provider(entry, "rrsaOIDCProviderRoleARN");
}

void check_rrsa(field_reader& entry, const instance& made, bool personal, bool enabled,
                std::string_view rrsa_switch) {
  const bool role = !made.chain.rrsa_role_arn.empty();
  const bool provider = !made.chain.rrsa_oidc_provider_arn.empty();
  const auto* const given = role ? "rrsaRoleARN" : "rrsaOIDCProviderRoleARN";
  if (enabled && personal)
    entry.reject("", entry.mapping().at, "",
                 "Personal edition cannot be used with RRSA: remove this entry, or turn RRSA off");
  else if (!enabled && (role || provider))
    entry.reject(given, "needs RRSA: " + std::string{rrsa_switch});
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

void read_duration(field_reader& entry, role_chain& chain) {
  const auto written = entry.text("expireDuration");
  if (written.empty())
    return;
  int seconds = 0;
  const auto* const end = written.data() + written.size();
  const auto [stop, status] = std::from_chars(written.data(), end, seconds);
  if (status != std::errc{} || stop != end || seconds < 3600 || seconds > 43200) {
    const auto meant = parse_duration(written);
    const bool possible =
        meant && *meant >= std::chrono::hours{1} && *meant <= std::chrono::hours{12};
    return entry.reject("expireDuration",
                        "must be a number of seconds, 3600 to 43200, without a unit" +
                            (possible ? ": " + std::to_string(meant->count() / 1000) : ""));
  }
  chain.expire_duration = std::chrono::seconds{seconds};
  if (chain.roles.empty() && chain.rrsa_role_arn.empty())
    entry.warn("expireDuration",
               "has no effect without a role: it is the life of a role's session");
}

} // namespace

std::optional<instance> read_entry(const node& entry, const std::string& key, bool rrsa_enabled,
                                   std::string_view rrsa_switch, problem_list& problems) {
  if (!entry.is_mapping()) {
    problems.add(severity::entry_rejected, key, entry.at, entry.text,
                 entry.is_null()
                     ? "is empty: remove it, or write `instanceId: \"\"` for Personal edition"
                     : "must be a mapping that begins with `- instanceId: ...`");
    return std::nullopt;
  }
  entry_verdict verdict{problems};
  field_reader fields{entry, key, field_names, verdict};
  instance made;
  made.line = entry.at.line;
  const auto id = read_instance_id(fields, "instanceId", "or empty");
  made.instance_id = id.id;
  made.region = read_region(fields, "regionId");
  made.domains = read_domains(fields, "domains");
  if (id.new_personal && fields.find("domains") == nullptr)
    fields.reject("instanceId",
                  needs_domains("domains", fields.find("instanceId")->text, made.region));
  read_roles(fields, made.chain);
  read_access_key(fields, "customAccessKey", "customAccessKeySecret", made.chain.origin);
  const bool personal = id.new_personal || fields.find("instanceId") == nullptr;
  check_rrsa(fields, made, personal, rrsa_enabled, rrsa_switch);
  read_duration(fields, made.chain);
  return verdict.good ? std::optional{std::move(made)} : std::nullopt;
}

} // namespace acr::config
