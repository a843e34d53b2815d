#include "config/instances.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <yaml-cpp/yaml.h>

#include "config/parse.hpp"
#include "config/values.hpp"
#include "protocol/aliyun/arn.hpp"
#include "protocol/registry/docker_config.hpp"

namespace acr::config {

namespace {

constexpr std::array<std::string_view, 9> fields{"instanceId",
                                                 "regionId",
                                                 "domains",
                                                 "assumeRoleARN",
                                                 "expireDuration",
                                                 "rrsaRoleARN",
                                                 "rrsaOIDCProviderRoleARN",
                                                 "customAccessKey",
                                                 "customAccessKeySecret"};

/// Reads one entry; says what is wrong with it under its own name.
class entry_reader {
public:
  entry_reader(const YAML::Node& entry, std::size_t index, const place& where,
               problem_list& problems)
      : entry_{entry}, key_{"acr-registry-info[" + std::to_string(index) + "]"}, where_{where},
        problems_{problems} {}

  /// Nothing if the entry is rejected.
  std::optional<instance> read(bool rrsa_enabled) {
    if (!entry_.IsMap()) {
      reject(entry_, "", "must be a mapping that begins with `- instanceId: ...`");
      return std::nullopt;
    }
    check_fields();
    instance made;
    made.line = entry_.Mark().line + 1 + where_.line;
    made.instance_id = text("instanceId");
    made.region = text("regionId");
    check_identifiers(made);
    read_domains(made);
    read_roles(made, rrsa_enabled);
    read_duration(made);
    return good_ ? std::optional{std::move(made)} : std::nullopt;
  }

private:
  void reject(const YAML::Node& at, const std::string& field, std::string message) {
    good_ = false;
    const auto key = field.empty() ? key_ : key_ + "." + field;
    const bool secret = field == "customAccessKeySecret" || field == "customAccessKey";
    const auto value = at.IsScalar() && !secret ? at.Scalar() : "";
    problems_.add(severity::entry_rejected, key, at.Mark(), where_, value, std::move(message));
  }

  void warn(const YAML::Node& at, const std::string& field, std::string message) {
    problems_.add(severity::warning, key_ + "." + field, at.Mark(), where_,
                  at.IsScalar() ? at.Scalar() : "", std::move(message));
  }

  void check_fields() {
    std::set<std::string> seen;
    for (const auto& item : entry_) {
      const auto name = item.first.IsScalar() ? item.first.Scalar() : "";
      if (!seen.insert(name).second)
        reject(item.first, "", "the field is given twice");
      if (std::find(fields.begin(), fields.end(), name) != fields.end())
        continue;
      const auto meant = suggestion(name, fields);
      problems_.add(severity::warning, key_, item.first.Mark(), where_, name,
                    "unknown field, ignored" + (meant ? ": did you mean " + *meant + "?" : ""));
    }
    for (const auto* field : {"customAccessKey", "customAccessKeySecret"})
      if (!text(field).empty())
        reject(entry_[field], field,
               "an AccessKey of one instance is not supported by this version: set "
               "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET for the helper, or "
               "use roles");
  }

  /// The field as text; empty if it is missing or null.
  std::string text(const std::string& field) {
    const auto node = entry_[field];
    if (!node || node.IsNull())
      return {};
    if (!node.IsScalar()) {
      reject(node, field, "must be a text");
      return {};
    }
    return trimmed(node.Scalar());
  }

  void check_identifiers(const instance& made) {
    const auto& id = made.instance_id;
    const bool letters = std::all_of(id.begin(), id.end(), [](unsigned char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (!id.empty() && (!id.starts_with("cri-") || id.size() > 64 || !letters))
      reject(entry_["instanceId"], "instanceId",
             "must be the ID of an Enterprise edition instance (cri-...), or empty for Personal "
             "edition");
    if (!made.region.empty() && !aliyun::plausible_region(made.region))
      reject(entry_["regionId"], "regionId", "must be the ID of a region, such as cn-hangzhou");
  }

  void read_domains(instance& made) {
    const auto node = entry_["domains"];
    if (!node || node.IsNull())
      return;
    if (node.IsScalar()) {
      for (const auto& item : split_list(node.Scalar()))
        add_domain(made, node, item);
    } else if (node.IsSequence()) {
      for (const auto& item : node)
        if (item.IsScalar())
          add_domain(made, item, trimmed(item.Scalar()));
        else
          reject(item, "domains", "each domain must be a text");
    } else {
      reject(node, "domains", "must be a list of domains, or one text with commas between them");
    }
  }

  void add_domain(instance& made, const YAML::Node& at, const std::string& written) {
    auto domain = boost::to_lower_copy(written);
    if (domain != written)
      warn(at, "domains", "registry hosts are lower case: read as " + domain);
    if (const auto scheme = domain.find("://"); scheme != std::string::npos)
      return reject(at, "domains",
                    "must be a host name without a scheme: " +
                        domain.substr(scheme + 3, domain.find('/', scheme + 3) - scheme - 3));
    if (const auto slash = domain.find('/'); slash != std::string::npos)
      return reject(at, "domains",
                    "must be a host name without a path: " + domain.substr(0, slash));
    if (!registry::valid_host(domain))
      return reject(at, "domains", "must be a host name, with `:port` only if images have it");
    if (std::find(made.domains.begin(), made.domains.end(), domain) == made.domains.end())
      made.domains.push_back(std::move(domain));
  }

  void read_roles(instance& made, bool rrsa_enabled) {
    auto& chain = made.chain;
    chain.assume_role_arn = text("assumeRoleARN");
    chain.rrsa_role_arn = text("rrsaRoleARN");
    chain.rrsa_oidc_provider_arn = text("rrsaOIDCProviderRoleARN");
    const auto check_role = [&](const char* field, const std::string& arn) {
      if (!arn.empty() && !aliyun::parse_role_arn(arn))
        reject(entry_[field], field,
               "must be the ARN of a RAM role: acs:ram::<account ID>:role/<name>");
    };
    check_role("assumeRoleARN", chain.assume_role_arn);
    check_role("rrsaRoleARN", chain.rrsa_role_arn);
    if (!chain.rrsa_oidc_provider_arn.empty() &&
        !aliyun::parse_oidc_provider_arn(chain.rrsa_oidc_provider_arn))
      reject(entry_["rrsaOIDCProviderRoleARN"], "rrsaOIDCProviderRoleARN",
             "must be the ARN of an OIDC provider: acs:ram::<account ID>:oidc-provider/<name>");
    check_rrsa(made, rrsa_enabled);
  }

  void check_rrsa(const instance& made, bool enabled) {
    const auto& chain = made.chain;
    const bool role = !chain.rrsa_role_arn.empty();
    const bool provider = !chain.rrsa_oidc_provider_arn.empty();
    if (enabled && made.personal())
      return reject(entry_, "",
                    "Personal edition cannot be used with RRSA: remove this entry, or set "
                    "`enable: false` under `rrsa`");
    if (!enabled && (role || provider))
      return reject(entry_[role ? "rrsaRoleARN" : "rrsaOIDCProviderRoleARN"],
                    role ? "rrsaRoleARN" : "rrsaOIDCProviderRoleARN",
                    "needs RRSA: set the key `rrsa` to `enable: true`");
    if (role && !provider)
      reject(entry_["rrsaRoleARN"], "rrsaRoleARN",
             "needs rrsaOIDCProviderRoleARN, the OIDC provider of the cluster, beside it");
    if (provider && !role)
      reject(entry_["rrsaOIDCProviderRoleARN"], "rrsaOIDCProviderRoleARN",
             "needs rrsaRoleARN, the role to assume with it, beside it");
  }

  void read_duration(instance& made) {
    const auto written = text("expireDuration");
    if (written.empty())
      return;
    int seconds = 0;
    const auto* end = written.data() + written.size();
    const auto [stop, status] = std::from_chars(written.data(), end, seconds);
    if (status != std::errc{} || stop != end || seconds < 3600 || seconds > 43200)
      return reject(entry_["expireDuration"], "expireDuration",
                    "must be a number of seconds, 3600 to 43200, without a unit");
    made.chain.expire_duration = std::chrono::seconds{seconds};
  }

  const YAML::Node& entry_;
  std::string key_;
  place where_;
  problem_list& problems_;
  bool good_ = true;
};

/// Names the entries; drops those that say the same as an earlier one.
std::vector<instance> named(std::vector<instance> entries, problem_list& problems) {
  std::vector<instance> kept;
  for (auto& entry : entries) {
    const auto base = (entry.personal() ? "personal" : entry.instance_id) +
                      (entry.region.empty() ? "" : "@" + entry.region);
    int number = 1;
    bool doubled = false;
    for (const auto& other : kept)
      if (other.name == base || other.name.starts_with(base + "#")) {
        ++number;
        doubled = doubled || (other.domains == entry.domains && other.chain == entry.chain);
      }
    if (doubled) {
      problem told;
      told.level = severity::warning;
      told.key = "acr-registry-info";
      told.line = entry.line;
      told.value = base;
      told.message = "says the same as an earlier entry, ignored";
      problems.add(std::move(told));
      continue;
    }
    entry.name = number == 1 ? base : base + "#" + std::to_string(number);
    kept.push_back(std::move(entry));
  }
  return kept;
}

} // namespace

std::vector<instance> read_instances(const YAML::Node& list, const place& where, bool rrsa_enabled,
                                     problem_list& problems) {
  constexpr const char* key = "acr-registry-info";
  if (!list.IsDefined() || list.IsNull()) {
    if (rrsa_enabled) {
      problems.add(severity::fatal, key,
                   "is empty, which means Personal edition, and that cannot be used with RRSA: "
                   "list the Enterprise edition instances");
      return {};
    }
    instance personal;
    personal.name = "personal";
    return {personal};
  }
  if (!list.IsSequence()) {
    problems.add(severity::fatal, key, list.Mark(), where, list.IsScalar() ? list.Scalar() : "",
                 "must be a list: begin each instance with `- instanceId: ...`");
    return {};
  }
  if (list.size() > most_entries) {
    problems.add(severity::fatal, key, list.Mark(), where, "",
                 "has " + std::to_string(list.size()) + " entries: at most " +
                     std::to_string(most_entries) + " are supported");
    return {};
  }
  std::vector<instance> entries;
  std::size_t index = 0;
  for (const auto& entry : list)
    if (auto read = entry_reader{entry, index++, where, problems}.read(rrsa_enabled))
      entries.push_back(std::move(*read));
  if (entries.empty())
    problems.add(severity::fatal, key, list.Mark(), where, "", "has no usable entry");
  return named(std::move(entries), problems);
}

} // namespace acr::config
