#include "config/entry_values.hpp"

#include <algorithm>
#include <utility>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>

#include "config/listed.hpp"
#include "config/parse.hpp"
#include "config/regions.hpp"
#include "config/scope.hpp"
#include "config/values.hpp"
#include "protocol/aliyun/arn.hpp"
#include "protocol/registry/host.hpp"
#include "protocol/registry/ownership.hpp"

namespace acr::config {

namespace {

/// The problem of a `crpi-...` without domains.
std::string no_api(std::string_view id, std::string_view region) {
  const std::string place{region.empty() ? "<region>" : region};
  return "is a Personal edition instance of the new kind, for which the vendor offers no API: its "
         "hosts cannot be asked for, and the passwords of Personal edition are not known to work "
         "there. What works is a docker-registry Secret with its fixed password, or Enterprise "
         "edition. To try, list its hosts under `domains`: " +
         shown(id) + "." + place + ".personal.cr.aliyuncs.com, " + shown(id) + "-vpc." + place +
         ".personal.cr.aliyuncs.com";
}

constexpr auto role_form = "must be the ARN of a RAM role: acs:ram::<account ID>:role/<name>";
constexpr auto provider_form =
    "must be the ARN of an OIDC provider: acs:ram::<account ID>:oidc-provider/<name>";

/// `: host`, if the part before the path is one.
std::string instead(std::string_view text) {
  const auto host = boost::to_lower_copy(std::string{text.substr(0, text.find('/'))});
  return registry::valid_host(host) ? ": " + host : "";
}

/// `: did you mean acs:ram::1:role/x?` for `acs:ram::1:x`, as some documentation pages print it.
std::string with_kind(std::string arn, std::string_view kind) {
  const auto colon = arn.rfind(':');
  if (colon == std::string::npos)
    return {};
  arn.insert(colon + 1, kind);
  return aliyun::parse_role_arn(arn) || aliyun::parse_oidc_provider_arn(arn)
             ? ": did you mean " + arn + "?"
             : "";
}

class domain_reader {
public:
  domain_reader(field_reader& entry, std::string_view field) : entry_{entry}, field_{field} {}

  std::vector<std::string> read() {
    const auto* const value = entry_.find(field_);
    if (value == nullptr)
      return {};
    const auto listed = read_listed(*value, most_domains);
    if (!listed)
      entry_.reject(field_, "must be a text with commas between the domains, or a list of them");
    else if (!too_many(*value, listed->items.size()))
      take(*listed);
    return std::move(domains_);
  }

private:
  void take(const listed_texts& listed) {
    if (listed.empty.line > 0)
      entry_.warn(field_, listed.empty, "", "an empty item is ignored");
    if (listed.full_width.line > 0)
      entry_.warn(field_, listed.full_width, "", "a full-width comma is read as a comma");
    for (const auto& item : listed.items)
      if (item.is_text)
        add(item.at, item.text);
      else
        entry_.reject(field_, item.at, "", "each domain must be a text");
  }

  bool too_many(const node& value, std::size_t count) {
    if (count <= most_domains)
      return false;
    entry_.reject(field_, value.at, "",
                  "has " + std::to_string(count) + " domains: at most " +
                      std::to_string(most_domains) + " are supported");
    return true;
  }

  void add(position at, std::string_view written) {
    if (const auto scheme = written.find("://"); scheme != std::string_view::npos)
      return entry_.reject(field_, at, written,
                           "must be a host name without a scheme" +
                               instead(written.substr(scheme + 3)));
    if (written.find('/') != std::string_view::npos)
      return entry_.reject(field_, at, written,
                           "must be a host name without a path" + instead(written));
    auto domain = boost::to_lower_copy(std::string{written});
    if (!registry::valid_host(domain))
      return entry_.reject(field_, at, written,
                           written.find_first_of(" \t\n;") != std::string_view::npos
                               ? "must be one host name: put commas between several"
                               : "must be a host name, with `:port` only if images have it");
    if (registry::wide_wildcard(domain))
      return entry_.reject(field_, at, written,
                           "covers registries of others, to which the credential would be offered: "
                           "name two labels at least after the `*`, as in *.cr.aliyuncs.com");
    if (registry::of_another_vendor(domain))
      entry_.warn(
          field_, at, written,
          "is a registry of another vendor, to which the credential would be offered: leave "
          "it out");
    if (domain != written)
      entry_.warn(field_, at, written, "is read in lower case, as all image names are");
    if (std::find(domains_.begin(), domains_.end(), domain) == domains_.end())
      domains_.push_back(std::move(domain));
  }

  field_reader& entry_;
  std::string_view field_;
  std::vector<std::string> domains_;
};

} // namespace

instance_id check_instance_id(field_reader& entry, std::string_view field, position at,
                              std::string_view id, const char* otherwise, std::string_view region) {
  const bool letters = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  const bool personal = boost::istarts_with(id, "crpi-");
  const bool enterprise = boost::istarts_with(id, "cri-");
  if ((personal || enterprise) && boost::to_lower_copy(std::string{id}) != id)
    entry.reject(field, at, id, "must be in lower case");
  else if ((!personal && !enterprise) || id.size() < 5 || id.size() > 64 || !letters)
    entry.reject(field, at, id,
                 std::string{"must be the ID of an Enterprise edition instance (cri-...), "} +
                     otherwise + " for Personal edition");
  else if (personal && entry.find("domains") == nullptr)
    entry.reject(field, at, id, no_api(id, region));
  else
    return {personal ? "" : std::string{id}, personal};
  return {};
}

instance_id read_instance_id(field_reader& entry, std::string_view field, const char* otherwise,
                             std::string_view region) {
  const auto id = entry.text(field);
  if (id.empty())
    return {};
  if (split_list(id).items.size() > 1) {
    entry.reject(field, "must be one instance: give each an entry of its own");
    return {};
  }
  return check_instance_id(entry, field, entry.find(field)->at, id, otherwise, region);
}

std::string read_region(field_reader& entry, std::string_view field) {
  auto region = entry.text(field);
  if (region.empty())
    return region;
  const auto meant = likely_region(region);
  const auto hint = meant ? ": did you mean " + std::string{*meant} + "?" : std::string{};
  if (!aliyun::plausible_region(region)) {
    entry.reject(field, "must be the ID of a region, such as cn-hangzhou" + hint);
    return {};
  }
  if (meant)
    entry.warn(field, "is no region known here" + hint);
  return region;
}

std::vector<std::string> read_domains(field_reader& entry, std::string_view field) {
  return domain_reader{entry, field}.read();
}

std::string read_role(field_reader& entry, std::string_view field) {
  auto arn = entry.text(field);
  if (arn.empty() || aliyun::parse_role_arn(arn))
    return arn;
  entry.reject(field, std::string{role_form} + (aliyun::parse_oidc_provider_arn(arn)
                                                    ? "; this is the ARN of an OIDC provider"
                                                    : with_kind(arn, "role/")));
  return arn;
}

std::string read_provider(field_reader& entry, std::string_view field) {
  auto arn = entry.text(field);
  if (arn.empty() || aliyun::parse_oidc_provider_arn(arn))
    return arn;
  entry.reject(field, std::string{provider_form} + (aliyun::parse_role_arn(arn)
                                                        ? "; this is the ARN of a role"
                                                        : with_kind(arn, "oidc-provider/")));
  return arn;
}

void warn_of_accounts(field_reader& entry, std::string_view role_field, const role_chain& chain) {
  const auto role = aliyun::parse_role_arn(chain.rrsa_role_arn);
  const auto provider = aliyun::parse_oidc_provider_arn(chain.rrsa_oidc_provider_arn);
  if (role && provider && role->account != provider->account)
    entry.warn(role_field, "is of the account " + role->account + ", and the OIDC provider of " +
                               provider->account +
                               ": a role trusts providers of its own account. A role of another "
                               "account is assumed after this one");
}

std::string read_external_id(field_reader& entry, std::string_view field) {
  auto id = entry.text(field);
  constexpr std::size_t least = 2; // as STS has it
  constexpr std::size_t most = 1224;
  if (id.empty())
    return id;
  const bool plain =
      std::all_of(id.begin(), id.end(), [](unsigned char c) { return c > ' ' && c < 0x7F; });
  if (id.size() < least || id.size() > most || !plain)
    entry.reject(field, "must be 2 to 1224 characters without blanks");
  return id;
}

selection read_namespaces(field_reader& entry, bool with_mapping) {
  constexpr std::string_view field = "namespaces";
  const auto* const value = entry.given(field);
  if (value == nullptr)
    return selection{true};
  auto& verdict = entry.verdict();
  auto read =
      read_limit(*value, entry.key() + "." + std::string{field}, with_mapping, verdict.problems);
  verdict.good = verdict.good && read;
  return read ? std::move(*read) : selection{true};
}

void read_access_key(field_reader& entry, std::string_view id, std::string_view secret,
                     identity_origin& origin) {
  const bool has_id = entry.find(id) != nullptr;
  const bool has_secret = entry.find(secret) != nullptr;
  if (!has_id && !has_secret)
    return;
  if (!has_id)
    entry.reject_hidden(secret, "needs " + std::string{id} + " beside it");
  if (!has_secret)
    entry.reject_hidden(id, "needs " + std::string{secret} + " beside it");
  origin.from = identity_origin::kind::access_key;
  origin.access_key_id = entry.secret_text(id);
  if (origin.access_key_id.starts_with("STS."))
    entry.reject_hidden(id,
                        "is the key of a session, which ends: give the AccessKey of a RAM user");
  origin.access_key_secret = secret_string{entry.secret_text(secret)};
}

} // namespace acr::config
